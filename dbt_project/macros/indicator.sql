{# Rows of one indicator from a relation of cells, with scopes, area and periods as the registry declares them.

   numerator, denominator   expressions over the cells, none where the indicator has none
   value                    an expression only for statistics; else the numerator, or numerator over denominator
   n_persons                expression, or none where the registry protects nobody
   where                    which cells hold rows that feed the numerator or the denominator
   item, ci                 the outcome indicator, and {low, high} expressions, where there are any
   scopes                   the registry's scopes that this relation has, where an indicator comes from more than one
   population_group         the age band, sex or citizenship that the figure is about #}
{% macro indicator(indicator_id, cells, numerator=none, denominator=none, value=none, n_persons=none, where=none,
                   item="'ALL'", ci=none, scopes=none, status=none, population_group="'ALL'") %}
{%- set entry = indicator_registry()[indicator_id] -%}
{%- set wanted = scopes or entry.scopes -%}
{%- if entry.protect == 'none' and n_persons -%}
    {{ exceptions.raise_compiler_error(indicator_id ~ ' protects nobody and counts persons') }}
{%- endif %}
select
    '{{ indicator_id }}' as indicator_id,
    scope_type,
    scope_id,
    {{ item }} as item,
    area,
    period_type,
    period_start,
    cast({{ numerator or 'null' }} as decimal(24, 4)) as numerator,
    cast({{ denominator or 'null' }} as decimal(24, 4)) as denominator,
    {%- if value %}
    cast({{ value }} as double) as value,
    {%- elif denominator %}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0) as value,
    {%- else %}
    cast({{ numerator }} as double) as value,
    {%- endif %}
    cast({{ ci.low if ci else 'null' }} as double) as ci_low,
    cast({{ ci.high if ci else 'null' }} as double) as ci_high,
    cast({{ n_persons or 'null' }} as bigint) as n_persons,
    {%- if status %}
    {{ status }} as status,
    {%- elif denominator %}
    case when coalesce({{ denominator }}, 0) = 0 then 'denominator_missing' else 'ok' end as status,
    {%- else %}
    'ok' as status,
    {%- endif %}
    {{ population_group }} as population_group
from {{ cells }}
where
    scope_type in ({% for scope in wanted %}'{{ scope }}'{{ ', ' if not loop.last }}{% endfor %})
    {%- if entry.periods %}
    and period_type in ({% for period in entry.periods %}'{{ period }}'{{ ', ' if not loop.last }}{% endfor %})
    {%- endif %}
    {%- if not entry.area %}
    and area = 'ALL'
    {%- endif %}
    {%- if where %}
    and {{ where }}
    {%- endif %}
{% endmacro %}
