{%- set needs = indicator_needs().values() | unique | sort -%}

with sets as (
    {%- for need in needs %}
    {{ 'union all' if not loop.first }}
    select '{{ need }}' as needs, {{ need.split('+') | length if need else 0 }} as n_entities
    {%- endfor %}
),

members as (
    {%- set first = namespace(value=true) %}
    {%- for need in needs if need %}
    {%- for entity in need.split('+') %}
    {{ 'union all' if not first.value }}
    {%- set first.value = false %}
    select '{{ need }}' as needs, '{{ entity }}' as entity
    {%- endfor %}
    {%- endfor %}
),

listed as (

    select distinct instance_id, entity
    from {{ ref('stg_export_entity') }}

),

sent as (

    select
        members.needs,
        listed.instance_id,
        count(*) as n_listed
    from members
    inner join listed on members.entity = listed.entity
    group by members.needs, listed.instance_id

),

exports as (

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
    cross join {{ ref('int_calendar__periods') }} as ends

),

coverage as (

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

),

instances as (

    select
        sets.needs,
        coverage.instance_id,
        coverage.period_type,
        coverage.period_start,
        coverage.data_to,
        coverage.is_covered and coalesce(sent.n_listed, 0) = sets.n_entities as is_counted
    from sets
    cross join coverage
    left join sent on sets.needs = sent.needs and coverage.instance_id = sent.instance_id

),

members_of_groups as (

    select distinct instance_group, instance_id
    from {{ ref('int_scope__instances') }}

)

select
    instances.needs,
    members_of_groups.instance_group,
    instances.period_type,
    instances.period_start,
    cast(sum(case when instances.is_counted then 1 else 0 end) as bigint) as n_instances,
    cast(count(*) as bigint) as n_instances_expected,
    min(case when instances.is_counted then instances.data_to end) as data_to
from members_of_groups
inner join instances on members_of_groups.instance_id = instances.instance_id
group by instances.needs, members_of_groups.instance_group, instances.period_type, instances.period_start
