{%- set dates = {
    'service_delivery': 'start_date',
    'voucher_event': 'event_on',
    'payment': 'value_date',
    'grant_line': 'entry_date',
    'plan_movement': 'event_date',
    'measurement': 'measured_on',
} -%}

{%- for entity, own_date in dates.items() %}
{{ 'union all' if not loop.first }}
select
    instance_id,
    export_id,
    '{{ entity }}' as entity,
    record_id,
    {{ own_date }} as own_date
from {{ ref('stg_' ~ entity) }}
{%- endfor %}
