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

{# Student's t at 97.5%: exact for small samples, where it matters, and the Cornish-Fisher expansion above
   (Abramowitz and Stegun 26.7.5), which is within 4e-8 of the exact value from 30 degrees of freedom on. #}
{% macro student_t_975(degrees_of_freedom) %}
{%- set exact = [12.706204736174698, 4.302652729749464, 3.182446305283710, 2.776445105197793, 2.570581835636314,
    2.446911851144969, 2.364624251592785, 2.306004135204166, 2.262157162798205, 2.228138851986274, 2.200985160091640,
    2.178812829667228, 2.160368656462792, 2.144786687917804, 2.131449545559774, 2.119905299221255, 2.109815577833317,
    2.100922040241039, 2.093024054408309, 2.085963447265864, 2.079613844727680, 2.073873067904015, 2.068657610419049,
    2.063898561628024, 2.059538552753298, 2.055529438642874, 2.051830516480285, 2.048407141795246, 2.045229642132704] -%}
case
    {%- for value in exact %}
    when {{ degrees_of_freedom }} = {{ loop.index }} then {{ value }}e0
    {%- endfor %}
    else
        1.959963984540054e0
        + 2.372271230298562e0 / {{ degrees_of_freedom }}
        + 2.8224986157396112e0 / power({{ degrees_of_freedom }}, 2)
        + 2.555849679507722e0 / power({{ degrees_of_freedom }}, 3)
        + 1.5895340533938225e0 / power({{ degrees_of_freedom }}, 4)
end
{% endmacro %}
