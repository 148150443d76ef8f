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

{{ cells(
    relation='affiliated',
    day='event_on',
    scopes={'consortium': 'consortium_tax_code', 'ats': 'ats_tax_code'},
    measures={'redeemed': 'sum(redeemed)', 'n_persons': 'count(distinct person_key)'},
) }}
