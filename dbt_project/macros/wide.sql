{# The monthly figures of one scope type, one row per scope and month, one column per indicator of the registry that has
   the scope. Other columns stay in the long table. An amount of euro is the numerator, which is decimal as money is; a
   count, a ratio (also one of euro, which adds up to nothing) or a statistic is the value. #}
{% macro wide(scope_type, subject) %}
{%- set registry = indicator_registry() -%}
select
    scope_id as {{ subject }},
    period_start as month_start,
    {%- for indicator_id, entry in registry.items() if scope_type in entry.scopes and 'month' in entry.get('periods', period_types()) and not entry.item %}
    max(case when indicator_id = '{{ indicator_id }}' then {{ 'numerator' if entry.unit == 'EUR' else 'value' }} end) as {{ indicator_id }},
    {%- endfor %}
    max(n_persons) as n_persons
from {{ ref('indicator_value') }}
where scope_type = '{{ scope_type }}' and area = 'ALL' and item = 'ALL' and population_group = 'ALL' and period_type = 'month' and status <> 'not_collected'
group by scope_id, period_start
{% endmacro %}

{# The same columns, named from a CTE, for the final select of a wide mart. #}
{% macro wide_columns(scope_type, relation) %}
{%- for indicator_id, entry in indicator_registry().items() if scope_type in entry.scopes and 'month' in entry.get('periods', period_types()) and not entry.item %}
    {{ relation }}.{{ indicator_id }},
{%- endfor %}
{% endmacro %}
