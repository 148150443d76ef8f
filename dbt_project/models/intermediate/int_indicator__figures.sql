{{ config(materialized='view') }}
{%- for name, cube in figures_by_cube().items() %}
{{ 'union all ' if not loop.first }}select * from (
    select scope_type, scope_id, area, period_type, period_start, {{ unnested(cube.rows) }} from {{ cube.relation }}
) as {{ name }}_figures
where is_told
{%- endfor %}
