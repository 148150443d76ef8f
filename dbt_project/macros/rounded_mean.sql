{# total / weight to four decimals, half away from zero; the total has three decimals. Whole numbers are divided: a quotient
   of doubles that is rounded afterwards may lie on the wrong side of a half. #}
{% macro rounded_mean(total, weight) -%}
    cast(
        sign({{ total }}) * floor(cast(20000 * abs({{ total }}) + {{ weight }} as double) / (2 * {{ weight }})) as decimal(20, 0)
    ) * cast(0.0001 as decimal(4, 4))
{%- endmacro %}
