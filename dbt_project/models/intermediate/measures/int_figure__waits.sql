{{ config(materialized='view') }}
{#- {wait_to: {indicator: level}}: the indicators that read each curve. -#}
{%- set percentiles = {
    'decision': {'wait_to_decision_p50': 'days_p50', 'wait_to_decision_p90': 'days_p90'},
    'payment': {'wait_to_payment_p50': 'days_p50', 'wait_to_payment_p90': 'days_p90'},
    'first_payment': {'award_to_first_payment_p50': 'days_p50'},
    'admission': {'claim_to_admission_p50': 'days_p50'},
    'first_use': {'voucher_first_use_p50': 'days_p50'},
} -%}

{% for wait_to, indicators in percentiles.items() %}
{% for indicator_id, level in indicators.items() %}
{{ indicator(indicator_id, ref('cube_wait'),
    value=level,
    n_persons=none if indicator_registry()[indicator_id].protect == 'none' else 'n_persons',
    where="wait_to = '" ~ wait_to ~ "'",
    status='case when ' ~ level ~ " is null then 'not_reached' else 'ok' end") }}
union all
{% endfor %}
{% endfor %}
{{ indicator('decided_in_term', ref('cube_application_term'), numerator='in_term', denominator='due', n_persons='n_persons') }}
union all
{{ indicator('voucher_never_used', ref('cube_voucher_unused'), numerator='never_used', denominator='vouchers', n_persons='n_persons') }}
