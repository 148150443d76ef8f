with events as (

    select * from {{ ref('int_voucher_event__balanced') }}
    where is_redemption

),

chain as (

    select * from {{ ref('int_organisation__chain') }}

),

affiliated as (

    select
        events.event_on,
        events.redeemed,
        events.person_key,
        {{ affiliation_scopes() }}
    from events
    inner join chain on {{ on_chain_end('events', 'merchant_id', 'event_on') }}

)

{% call cube(relation='affiliated', day='event_on', scopes=['consortium', 'ats']) %}
    sum(redeemed) as redeemed,
    count(distinct person) as n_persons
{% endcall %}
