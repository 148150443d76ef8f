{# What is alike in records that may be one fact told twice: null where any of the columns is, since what is not known is
   like nothing. #}
{% macro likeness(columns) -%}
    md5({% for column in columns %}{{ column if column.startswith('coalesce') else 'cast(' ~ column ~ ' as varchar)' }}{{ " || '|' || " if not loop.last }}{% endfor %})
{%- endmacro %}
