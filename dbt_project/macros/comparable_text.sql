{# A text as it is compared with another: in capitals, letters and digits only, null where nothing is left.

   What falls away is whatever Unicode does not call a letter, a mark on one or a number: spaces of every width (also
   no-break), dashes and hyphens of every length, punctuation, symbols, zero-width and control characters. #}
{% macro comparable_text(expression) -%}
    nullif({{ adapter.dispatch('letters_and_digits')('upper(' ~ expression ~ ')') }}, '')
{%- endmacro %}

{% macro duckdb__letters_and_digits(expression) -%}
    regexp_replace({{ expression }}, '[^\p{L}\p{M}\p{N}]', '', 'g')
{%- endmacro %}

{% macro spark__letters_and_digits(expression) -%}
    regexp_replace({{ expression }}, '[^\\p{L}\\p{M}\\p{N}]', '')
{%- endmacro %}
