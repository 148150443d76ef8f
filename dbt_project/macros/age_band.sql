{# Age band at the end of the year, from an age in years; the same bands as the residents of the reference data. #}
{% macro age_band(age) -%}
    case
        when {{ age }} is null then 'unknown'
        when {{ age }} <= 2 then '0-2'
        when {{ age }} <= 5 then '3-5'
        when {{ age }} <= 13 then '6-13'
        when {{ age }} <= 17 then '14-17'
        when {{ age }} <= 34 then '18-34'
        when {{ age }} <= 49 then '35-49'
        when {{ age }} <= 64 then '50-64'
        when {{ age }} <= 74 then '65-74'
        when {{ age }} <= 84 then '75-84'
        else '85+'
    end
{%- endmacro %}
