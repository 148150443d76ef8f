with pairs as (

    select * from {{ ref('int_measurement__pairs') }}

),

grouped as (

    select
        grant_key,
        outcome_indicator_key,
        instance_id,
        count(*) as persons_with_t0,
        cast(sum(case when is_paired then 1 else 0 end) as bigint) as pairs,
        cast(sum(case when is_paired and change > 0 then 1 else 0 end) as bigint) as improved,
        cast(sum(case when is_paired and change = 0 then 1 else 0 end) as bigint) as unchanged,
        avg(case when is_paired then cast(change as double) end) as mean_change,
        stddev_samp(case when is_paired then cast(change as double) end) as standard_deviation
    from pairs
    group by grant_key, outcome_indicator_key, instance_id

),

indicators as (

    select
        {{ record_key('instance_id', 'record_id') }} as outcome_indicator_key,
        code,
        name,
        unit,
        direction,
        scale_min,
        scale_max,
        meaningful_change
    from {{ ref('int_outcome_indicator__current') }}

)

select
    grouped.grant_key,
    grouped.outcome_indicator_key,
    grouped.instance_id,
    indicators.code as outcome_code,
    indicators.name as outcome_name,
    indicators.unit as outcome_unit,
    indicators.direction,
    indicators.scale_min,
    indicators.scale_max,
    indicators.meaningful_change,
    grouped.persons_with_t0,
    grouped.pairs,
    grouped.improved,
    grouped.unchanged,
    grouped.mean_change,
    grouped.standard_deviation,
    case
        when grouped.pairs > 1
            then grouped.mean_change
                - {{ student_t_975('(grouped.pairs - 1)') }} * grouped.standard_deviation / sqrt(grouped.pairs)
    end as ci_low,
    case
        when grouped.pairs > 1
            then grouped.mean_change
                + {{ student_t_975('(grouped.pairs - 1)') }} * grouped.standard_deviation / sqrt(grouped.pairs)
    end as ci_high
from grouped
left join indicators on grouped.outcome_indicator_key = indicators.outcome_indicator_key
