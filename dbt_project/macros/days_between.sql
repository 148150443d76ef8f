{# Whole days from one date to another, never below 0; null where either is unknown (greatest alone would say 0). #}
{% macro days_between(first_day, last_day) -%}
    case when {{ first_day }} is not null and {{ last_day }} is not null then greatest(0, {{ days_from(first_day, last_day) }}) end
{%- endmacro %}
