with pairs as (

    select * from {{ ref('contribution_outcome') }}

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
        cast(sum(case when is_paired then change else 0 end) as decimal(18, 3)) as change,
        -- Decimal sums: those of doubles would depend on the order of the rows.
        sum(case when is_paired then cast(change as decimal(18, 3)) * cast(change as decimal(18, 3)) else 0 end) as squares
    from pairs
    group by grant_key, outcome_indicator_key, instance_id

),

described as (

    select
        grouped.*,
        cast(change as double) / nullif(pairs, 0) as mean_change,
        case when pairs > 1 then {{ standard_deviation('change', 'squares', 'pairs') }} end as standard_deviation,
        {{ mean_half_width('change', 'squares', 'pairs') }} as half_width
    from grouped

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
    from {{ ref('stg_outcome_indicator') }}

)

select
    described.grant_key,
    described.outcome_indicator_key,
    described.instance_id,
    indicators.code as outcome_code,
    indicators.name as outcome_name,
    indicators.unit as outcome_unit,
    indicators.direction,
    indicators.scale_min,
    indicators.scale_max,
    indicators.meaningful_change,
    described.persons_with_t0,
    described.pairs,
    described.improved,
    described.unchanged,
    described.mean_change,
    described.standard_deviation,
    described.mean_change - described.half_width as ci_low,
    described.mean_change + described.half_width as ci_high
from described
left join indicators on described.outcome_indicator_key = indicators.outcome_indicator_key
