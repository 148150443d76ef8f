{{ config(materialized='view') }}
{%- for figure in registry_figures() %}
{{ 'union all ' if not loop.first }}{{ rows_of_figure(figure) }}
{%- endfor %}
