{# Ledger rows of a staging model with is_effective: neither a reversal nor undone by one. #}
{% macro effective_rows(entity) %}
select
    ledger.*,
    ledger.reverses_id is null and reversal.reverses_id is null as is_effective
from {{ ref('stg_' ~ entity) }} as ledger
left join (
    select distinct instance_id, reverses_id
    from {{ ref('stg_' ~ entity) }}
    where reverses_id is not null and {{ in_changed_instances('instance_id') }}
) as reversal
    on ledger.instance_id = reversal.instance_id and ledger.record_id = reversal.reverses_id
where {{ in_changed_instances('ledger.instance_id') }}
{% endmacro %}

{# The key of a record across instances: ids are unique within an instance only. #}
{% macro record_key(instance_id, record_id) -%}
    {{ instance_id }} || ':' || {{ record_id }}
{%- endmacro %}
