{{ config(materialized='incremental') }}

with chain as (

    select * from {{ ref('int_organisation__chain') }}

),

events as (

    select
        events.instance_id,
        events.scheme_key,
        events.merchant_tax_code as provider_tax_code,
        {{ affiliation_scopes() }},
        events.event_on,
        events.person_key,
        events.issued,
        events.redeemed,
        events.lapsed,
        events.is_issue,
        events.is_redemption,
        events.is_lapse
    from {{ ref('contribution_voucher_event') }} as events
    left join chain on {{ on_chain_end('events', 'merchant_id', 'event_on') }}

)

{% call cube(
    relation='events',
    day='event_on',
    scopes=['network', 'instance', 'scheme', 'provider', 'consortium', 'ats'],
    persons={
        'issue_persons': 'is_issue',
        'redemption_persons': 'is_redemption',
        'lapse_persons': 'is_lapse',
    },
) %}
    sum(issued) as issued,
    sum(case when is_issue then 1 else 0 end) as issue_rows,
    sum(redeemed) as redeemed,
    sum(case when is_redemption then 1 else 0 end) as redemption_rows,
    sum(lapsed) as lapsed,
    sum(case when is_lapse then 1 else 0 end) as lapse_rows
{% endcall %}
