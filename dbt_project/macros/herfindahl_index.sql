{# The Herfindahl-Hirschman index, 0 to 10,000, of the amounts of a group: one row per body.

   Only bodies with more than 0 have a share, and the whole is what these have together: what is taken back from one is no
   share, and would drive the index beyond its scale. Null where nobody has more than 0. The squares are added as decimals:
   a sum of doubles would depend on the order of the rows. #}
{% macro herfindahl_index(amount) -%}
    10000 * cast(sum(
        case when {{ amount }} > 0 then cast({{ amount }} as decimal(18, 2)) * cast({{ amount }} as decimal(18, 2)) end
    ) as double) / power(cast(sum(case when {{ amount }} > 0 then {{ amount }} end) as double), 2)
{%- endmacro %}
