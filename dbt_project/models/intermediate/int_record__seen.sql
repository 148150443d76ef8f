{%- for entity in contract_references() %}
{{ 'union' if not loop.first }}
select
    '{{ entity }}' as entity,
    instance_id,
    record_id
from {{ ref('stg_' ~ entity) }}
{%- endfor %}
