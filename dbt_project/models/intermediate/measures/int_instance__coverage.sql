with exports as (

    select
        instance_id,
        period_from,
        period_to,
        max(period_to) over (
            partition by instance_id order by period_from, period_to
            rows between unbounded preceding and 1 preceding
        ) as known_to
    from {{ ref('stg_export') }}

),

numbered as (

    select
        exports.*,
        sum(
            case when known_to is null or {{ days_from('known_to', 'period_from') }} > 1 then 1 else 0 end
        ) over (
            partition by instance_id order by period_from, period_to rows between unbounded preceding and current row
        ) as stretch
    from exports

),

-- Days that the manifests cover without a gap.
stretches as (

    select
        instance_id,
        stretch,
        min(period_from) as covered_from,
        max(period_to) as covered_to
    from numbered
    group by instance_id, stretch

),

expected as (

    select
        instances.instance_id,
        instances.data_to,
        ends.period_type,
        ends.period_start,
        greatest(ends.period_start, coalesce(instances.active_from, ends.period_start)) as expected_from,
        least(ends.period_end, coalesce(instances.active_to, ends.period_end)) as expected_to
    from {{ ref('dim_instance') }} as instances
    cross join {{ ref('int_calendar__period_ends') }} as ends

)

select
    expected.instance_id,
    expected.period_type,
    expected.period_start,
    expected.data_to,
    max(case when stretches.instance_id is not null then 1 else 0 end) = 1 as is_covered
from expected
left join stretches
    on expected.instance_id = stretches.instance_id
    and expected.expected_from >= stretches.covered_from
    and expected.expected_to <= stretches.covered_to
where expected.expected_from <= expected.expected_to
group by expected.instance_id, expected.period_type, expected.period_start, expected.data_to
