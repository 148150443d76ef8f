{# Every row of a relation once for each whole number from `low` to `high`, expressions over the row; the number is in
   column `position`. #}
{% macro integer_spine(relation, low, high) %}{{ return(adapter.dispatch('integer_spine')(relation, low, high)) }}{% endmacro %}

{% macro duckdb__integer_spine(relation, low, high) -%}
    select spread.*, unnest(generate_series(cast({{ low }} as bigint), cast({{ high }} as bigint))) as position
    from {{ relation }} as spread
{%- endmacro %}

{% macro spark__integer_spine(relation, low, high) -%}
    select spread.*, explode(sequence(cast({{ low }} as bigint), cast({{ high }} as bigint))) as position
    from {{ relation }} as spread
{%- endmacro %}
