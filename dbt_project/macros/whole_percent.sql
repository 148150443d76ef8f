{# A share as a whole percentage, 0.00 to 1.00, rounded down. The numerator is multiplied first: where the share is a whole
   percentage the quotient is one. #}
{% macro whole_percent(numerator, denominator) -%}
    cast(
        floor(cast(100 * {{ numerator }} as double) / nullif({{ denominator }}, 0)) / 100 as decimal(3, 2)
    )
{%- endmacro %}
