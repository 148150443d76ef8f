{# The sum of doubles of a group, added one after the other in the order of another column that tells its rows apart: any
   other order could change the last digit. Unknown values add nothing; of none known the sum is unknown. #}
{% macro ordered_sum(expression, by) %}{{ return(adapter.dispatch('ordered_sum')(expression, by)) }}{% endmacro %}

{% macro duckdb__ordered_sum(expression, by) -%}
    sum({{ expression }} order by {{ by }})
{%- endmacro %}

{% macro spark__ordered_sum(expression, by) -%}
    aggregate(
        array_sort(collect_list(case when {{ expression }} is not null then struct({{ by }} as position, {{ expression }} as term) end)),
        cast(null as double),
        (total, each) -> coalesce(total, 0e0) + each.term
    )
{%- endmacro %}
