{#- What an allocation may point to, by the day, the area and the amount of it. -#}
{%- set sources = {
    'service_delivery': ['start_date', 'istat_area', 'amount_total'],
    'voucher_event': ['event_on', 'istat_area', 'amount'],
    'payment': ['value_date', 'cast(null as varchar)', 'amount'],
    'plan_movement': ['event_date', 'istat_area', 'amount'],
} -%}

with allocations as (

    {{ effective_rows('allocation') }}

),

sources as (
    {%- for entity, (day, area, amount) in sources.items() %}
    {{ 'union all' if not loop.first }}
    select
        instance_id,
        '{{ entity }}' as source_entity,
        record_id as source_id,
        {{ day }} as source_date,
        {{ area }} as istat_area,
        person_key,
        {{ amount }} as source_amount
    from {{ ref('fct_' ~ entity) }}
    where {{ in_changed_instances('instance_id') }}
    {%- endfor %}
),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    allocations.instance_id,
    allocations.record_id,
    allocations.source_entity,
    allocations.source_id,
    sources.source_date,
    sources.source_amount,
    sources.source_id is not null as is_source_loaded,
    sources.istat_area,
    sources.person_key,
    allocations.funder_id,
    organisations.tax_code as funder_tax_code,
    allocations.grant_id,
    case
        when allocations.grant_id is not null then {{ record_key('allocations.instance_id', 'allocations.grant_id') }}
    end as grant_key,
    allocations.amount,
    allocations.reverses_id,
    allocations.is_effective,
    allocations.export_id,
    allocations.file,
    allocations.line
from allocations
left join sources
    on allocations.instance_id = sources.instance_id
    and allocations.source_entity = sources.source_entity
    and allocations.source_id = sources.source_id
left join organisations
    on allocations.instance_id = organisations.instance_id and allocations.funder_id = organisations.record_id
