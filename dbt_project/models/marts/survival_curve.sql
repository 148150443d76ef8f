{{ config(materialized="view") }}

{#- The indicators that read a curve, by the relation of the curve and what is waited for. -#}
{%- set curves = [
    ('wait_to_assessment_p50', ref('curve_assessment'), none),
    ('wait_to_service_p50', ref('curve_service'), none),
    ('wait_to_service_p90', ref('curve_service'), none),
    ('wait_to_decision_p50', ref('curve_wait'), 'decision'),
    ('wait_to_decision_p90', ref('curve_wait'), 'decision'),
    ('wait_to_payment_p50', ref('curve_wait'), 'payment'),
    ('wait_to_payment_p90', ref('curve_wait'), 'payment'),
    ('award_to_first_payment_p50', ref('curve_wait'), 'first_payment'),
    ('claim_to_admission_p50', ref('curve_wait'), 'admission'),
    ('voucher_first_use_p50', ref('curve_wait'), 'first_use'),
] -%}

{%- for indicator_id, curve, wait_to in curves %}
{{ 'union all' if not loop.first }}
select
    '{{ indicator_id }}' as indicator_id,
    scope_type,
    scope_id,
    area,
    period_type,
    period_start,
    cast(wait_days as bigint) as day,
    at_risk,
    events,
    censored,
    survival,
    ci_low,
    ci_high
from {{ curve }}
where
    scope_type in ({% for scope in indicator_registry()[indicator_id].scopes %}'{{ scope }}'{{ ', ' if not loop.last }}{% endfor %})
    {%- if wait_to %}
    and wait_to = '{{ wait_to }}'
    {%- endif %}
{%- endfor %}
