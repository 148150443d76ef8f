{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ drop_changed_instances() }}",
) }}
{%- set contract = contract_references() -%}

with pointers as (
    {%- for entity, entry in contract.items() if entry.references %}
    {%- set fields = [] %}
    {%- for field, target in entry.references.items() %}
        {%- do fields.append({'field': "'" ~ field ~ "'", 'target': "'" ~ target ~ "'", 'target_id': field}) %}
    {%- endfor %}
    {{ 'union all' if not loop.first }}
    select instance_id, '{{ entity }}' as entity, record_id, {{ unnested(fields) }}
    from {{ ref('stg_' ~ entity) }}
    where {{ in_changed_instances('instance_id') }}{{ ' and not is_removed' if entry.semantics != 'ledger' }}
    {%- endfor %}
),

seen as (
    {%- for entity in contract %}
    {{ 'union' if not loop.first }}
    select '{{ entity }}' as entity, instance_id, record_id
    from {{ ref('stg_' ~ entity) }}
    where {{ in_changed_instances('instance_id') }}
    {%- endfor %}

    union

    -- What was erased was seen.
    select entity, instance_id, record_id
    from {{ raw('_erased_record') }}

)

select
    pointers.instance_id,
    pointers.entity,
    pointers.record_id,
    pointers.field
from pointers
left join seen
    on pointers.target = seen.entity
    and pointers.instance_id = seen.instance_id
    and pointers.target_id = seen.record_id
where pointers.target_id is not null and seen.record_id is null

union all

select
    instance_id,
    'allocation' as entity,
    record_id,
    'source_id' as field
from {{ ref('fct_allocation') }}
where not is_source_loaded and {{ in_changed_instances('instance_id') }}
