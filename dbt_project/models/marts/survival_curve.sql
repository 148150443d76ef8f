{{ config(materialized="view") }}

{#- The indicators that read a curve, by what is waited for. -#}
{%- set curves = [
    ('wait_to_assessment_p50', 'assessment'),
    ('wait_to_service_p50', 'service'),
    ('wait_to_service_p90', 'service'),
    ('wait_to_decision_p50', 'decision'),
    ('wait_to_decision_p90', 'decision'),
    ('wait_to_payment_p50', 'payment'),
    ('wait_to_payment_p90', 'payment'),
    ('award_to_first_payment_p50', 'first_payment'),
    ('claim_to_admission_p50', 'admission'),
    ('voucher_first_use_p50', 'first_use'),
] -%}

{%- for indicator_id, wait_to in curves %}
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
from {{ ref('curve_wait') }}
where
    scope_type in ({% for scope in indicator_registry()[indicator_id].scopes %}'{{ scope }}'{{ ', ' if not loop.last }}{% endfor %})
    and wait_to = '{{ wait_to }}'
    and population_group = 'ALL'
{%- endfor %}
