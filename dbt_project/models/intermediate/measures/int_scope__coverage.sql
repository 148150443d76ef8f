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

instances as (

    select
        sets.needs,
        coverage.instance_id,
        coverage.period_type,
        coverage.period_start,
        coverage.data_to,
        coverage.is_covered and coalesce(sent.n_listed, 0) = sets.n_entities as is_counted
    from sets
    cross join {{ ref('int_instance__coverage') }} as coverage
    left join sent on sets.needs = sent.needs and coverage.instance_id = sent.instance_id

),

members_of_groups as (

    select distinct
        groups.instance_group,
        scopes.instance_id
    from {{ ref('int_scope__instance_groups') }} as groups
    inner join {{ ref('int_scope__instances') }} as scopes
        on groups.scope_type = scopes.scope_type and groups.scope_id = scopes.scope_id

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
