{# Half of Newcombe's method: the Wilson score limits at 95% of a share, `successes` of `trials`, without correction. #}
{% macro wilson_limit(successes, trials, side) -%}
    ({{ successes }} + 1.9207294103470875e0
        {{ '-' if side == 'low' else '+' }} 1.959963984540054e0 * sqrt(greatest(
            0e0, {{ successes }} * ({{ trials }} - {{ successes }}) / nullif({{ trials }}, 0e0) + 0.9603647051735438e0
        )))
    / ({{ trials }} + 3.841458820694175e0)
{%- endmacro %}
