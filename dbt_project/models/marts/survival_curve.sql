{{ config(materialized="view") }}

{#- The indicators that read a curve, by the relation of the curve and what is waited for. -#}
{%- set curves = [
    ('wait_to_assessment_p50', ref('int_request__assessment_survival'), none),
    ('wait_to_service_p50', ref('int_request__service_survival'), none),
    ('wait_to_service_p90', ref('int_request__service_survival'), none),
    ('wait_to_decision_p50', ref('int_wait__survival'), 'decision'),
    ('wait_to_decision_p90', ref('int_wait__survival'), 'decision'),
    ('wait_to_payment_p50', ref('int_wait__survival'), 'payment'),
    ('wait_to_payment_p90', ref('int_wait__survival'), 'payment'),
    ('award_to_first_payment_p50', ref('int_wait__survival'), 'first_payment'),
    ('claim_to_admission_p50', ref('int_wait__survival'), 'admission'),
    ('voucher_first_use_p50', ref('int_wait__survival'), 'first_use'),
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
