{# The sorted distinct values of a group as one text. #}
{% macro list_distinct(expression, separator=', ') %}{{ return(adapter.dispatch('list_distinct')(expression, separator)) }}{% endmacro %}

{% macro duckdb__list_distinct(expression, separator) -%}
    string_agg(distinct {{ expression }}, '{{ separator }}' order by {{ expression }})
{%- endmacro %}

{% macro spark__list_distinct(expression, separator) -%}
    array_join(array_sort(collect_set({{ expression }})), '{{ separator }}')
{%- endmacro %}
