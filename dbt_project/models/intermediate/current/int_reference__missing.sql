{%- set contract = contract_references() -%}
{%- set first = namespace(value=true) -%}

with allocation_sources as (

    select * from {{ ref('fct_allocation') }}

),

missing as (
    {%- for entity, entry in contract.items() %}
    {%- for field, target in entry.references.items() %}
    {{ 'union all' if not first.value }}
    {%- set first.value = false %}
    select
        record.instance_id,
        '{{ entity }}' as entity,
        record.record_id,
        '{{ field }}' as field
    {%- if entry.semantics == 'ledger' %}
    from {{ ref('stg_' ~ entity) }} as record
    {%- else %}
    from {{ ref('int_' ~ entity ~ '__current') }} as record
    {%- endif %}
    left join {{ ref('int_record__seen') }} as seen
        on seen.entity = '{{ target }}'
        and record.instance_id = seen.instance_id
        and record.{{ field }} = seen.record_id
    where
        record.{{ field }} is not null
        and seen.record_id is null
        and {{ in_changed_instances('record.instance_id') }}
        {%- if entry.semantics != 'ledger' %}
        and not record.is_removed
        {%- endif %}
    {%- endfor %}
    {%- endfor %}
    union all
    select
        instance_id,
        'allocation' as entity,
        record_id,
        'source_id' as field
    from allocation_sources
    where not is_source_loaded and {{ in_changed_instances('instance_id') }}
)

select * from missing
