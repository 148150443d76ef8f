{{ config(materialized='view') }}
{%- for figure in registry_figures() %}
{{ 'union all ' if not loop.first }}select scope_type, scope_id, area, period_type, period_start
{%- for column, expression in figure.columns.items() %}, {{ expression }} as {{ column }}{% endfor %} from {{ figure.relation }} where {{ figure.is_told }}
{%- endfor %}
