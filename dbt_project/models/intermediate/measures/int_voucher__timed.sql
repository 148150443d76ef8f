with vouchers as (

    select * from {{ ref('stg_voucher') }}
    where not is_removed

),

persons as (

    select * from {{ ref('int_person__keyed') }}

),

events as (

    select
        instance_id,
        voucher_id,
        min(case when event_kind = 'ISSUE' then event_on end) as first_issued_on,
        min(case when event_kind = 'REDEEM' then event_on end) as first_used_on,
        max(case when event_kind = 'REDEEM' then event_on end) as last_used_on,
        min(case when event_kind = 'CANCEL' then event_on end) as cancelled_on
    from {{ ref('fct_voucher_event') }}
    where is_effective
    group by instance_id, voucher_id

),

balances as (

    select * from {{ ref('int_voucher__balances') }}

)

select
    vouchers.instance_id,
    vouchers.record_id,
    vouchers.call_id,
    vouchers.application_id,
    {{ record_key('vouchers.instance_id', 'vouchers.scheme') }} as scheme_key,
    {{ fact_person_key('vouchers', 'persons') }} as person_key,
    vouchers.issued_on,
    vouchers.expires_on,
    events.first_issued_on,
    events.first_used_on,
    events.last_used_on,
    events.cancelled_on,
    balances.derived_status,
    coalesce(balances.issued, 0) as issued,
    coalesce(balances.redeemed, 0) as redeemed,
    coalesce(balances.lapsed, 0) as lapsed
from vouchers
left join persons on vouchers.instance_id = persons.instance_id and vouchers.person_id = persons.record_id
left join events on vouchers.instance_id = events.instance_id and vouchers.record_id = events.voucher_id
left join balances on vouchers.instance_id = balances.instance_id and vouchers.record_id = balances.voucher_id
