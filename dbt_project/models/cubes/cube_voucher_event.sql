{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

{% call cube(
    relation=ref('int_voucher_event__balanced'),
    day='event_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'scheme': 'scheme_key',
        'provider': 'merchant_tax_code',
    },
) %}
    sum(issued) as issued,
    sum(case when is_issue then 1 else 0 end) as issue_rows,
    count(distinct case when is_issue then person end) as issue_persons,
    sum(redeemed) as redeemed,
    sum(case when is_redemption then 1 else 0 end) as redemption_rows,
    count(distinct case when is_redemption then person end) as redemption_persons,
    sum(lapsed) as lapsed,
    sum(case when is_lapse then 1 else 0 end) as lapse_rows,
    count(distinct case when is_lapse then person end) as lapse_persons
{% endcall %}
