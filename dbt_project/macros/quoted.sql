{# A column whose name the engine would read as a keyword. #}
{% macro quoted(column) -%}
    {{ adapter.quote(column) }}
{%- endmacro %}
