{%- for entity in contract_references() %}
{{ 'union' if not loop.first }}
select
    '{{ entity }}' as entity,
    instance_id,
    record_id
from {{ ref('stg_' ~ entity) }}
where {{ in_changed_instances('instance_id') }}
{%- endfor %}

union

-- What was erased was seen.
select
    entity,
    instance_id,
    record_id
from {{ ref('stg_erased_record') }}
where {{ in_changed_instances('instance_id') }}
