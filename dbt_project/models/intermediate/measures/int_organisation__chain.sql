{%- set depth = 4 -%}

with organisations as (

    select
        instance_id,
        record_id,
        tax_code,
        kind,
        is_removed,
        parent_organisation_id,
        coalesce(parent_from, cast('0001-01-01' as date)) as parent_from,
        coalesce(parent_to, cast('9999-12-31' as date)) as parent_to
    from {{ ref('stg_organisation') }}

),

-- The organisation reached after 0, 1, 2 ... steps up, and the days on which all those steps hold.
step_0 as (

    select
        instance_id,
        record_id,
        record_id as end_id,
        cast('0001-01-01' as date) as valid_from,
        cast('9999-12-31' as date) as valid_to
    from organisations

),
{% for step in range(1, depth + 1) %}
step_{{ step }} as (

    select
        steps.instance_id,
        steps.record_id,
        organisations.parent_organisation_id as end_id,
        greatest(steps.valid_from, organisations.parent_from) as valid_from,
        least(steps.valid_to, organisations.parent_to) as valid_to
    from step_{{ step - 1 }} as steps
    inner join organisations on steps.instance_id = organisations.instance_id and steps.end_id = organisations.record_id
    where
        organisations.parent_organisation_id is not null
        and organisations.parent_organisation_id <> steps.record_id

),
{% endfor %}
steps as (
    {%- for step in range(0, depth + 1) %}
    {{ 'union all' if not loop.first }}
    select instance_id, record_id, end_id, valid_from, valid_to, {{ step }} as n_steps
    from step_{{ step }}
    {%- endfor %}
)

-- The chain ends where it goes no further: there is no next step, or it does not hold on the day.
select
    steps.instance_id,
    steps.record_id,
    ends.tax_code as end_tax_code,
    ends.kind as end_kind,
    steps.valid_from,
    steps.valid_to,
    steps.n_steps,
    case when next_steps.instance_id is not null then next_steps.valid_from end as next_from,
    case when next_steps.instance_id is not null then next_steps.valid_to end as next_to
from steps
inner join organisations as ends on steps.instance_id = ends.instance_id and steps.end_id = ends.record_id
left join steps as next_steps
    on steps.instance_id = next_steps.instance_id
    and steps.record_id = next_steps.record_id
    and next_steps.n_steps = steps.n_steps + 1
where
    ends.kind in ('CONSORTIUM', 'ATS')
    and ends.tax_code is not null
    and steps.valid_from <= steps.valid_to
