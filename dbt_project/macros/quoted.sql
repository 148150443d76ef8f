{# A column whose name the engine would read as a keyword. #}
{% macro quoted(column) -%}
    {{ adapter.quote(column) }}
{%- endmacro %}

{# A text as SQL; null where there is none. #}
{% macro text_literal(text) -%}
    {{ return("'" ~ text | string | replace("'", "''") ~ "'" if text else 'cast(null as varchar)') }}
{%- endmacro %}
