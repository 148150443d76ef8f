{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

{{ cells(
    relation=ref('int_voucher_event__balanced'),
    day='event_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'scheme': 'scheme_key',
        'provider': 'merchant_tax_code',
    },
    measures={
        'issued': 'sum(issued)',
        'issue_rows': 'sum(case when is_issue then 1 else 0 end)',
        'issue_persons': 'count(distinct case when is_issue then person_key end)',
        'redeemed': 'sum(redeemed)',
        'redemption_rows': 'sum(case when is_redemption then 1 else 0 end)',
        'redemption_persons': 'count(distinct case when is_redemption then person_key end)',
        'lapsed': 'sum(lapsed)',
        'lapse_rows': 'sum(case when is_lapse then 1 else 0 end)',
        'lapse_persons': 'count(distinct case when is_lapse then person_key end)',
    },
) }}
