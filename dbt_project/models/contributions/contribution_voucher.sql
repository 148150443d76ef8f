with vouchers as (

    select * from {{ ref('stg_voucher') }}
    where not is_removed

),

persons as (

    select * from {{ ref('int_person__keyed') }}

),

events as (

    select * from {{ ref('contribution_voucher_event') }}

),

balances as (

    select
        instance_id,
        voucher_id,
        min(case when is_effective and event_kind = 'ISSUE' then event_on end) as first_issued_on,
        min(case when is_effective and event_kind = 'REDEEM' then event_on end) as first_used_on,
        max(case when is_effective and event_kind = 'REDEEM' then event_on end) as last_used_on,
        min(case when is_effective and event_kind = 'CANCEL' then event_on end) as cancelled_on,
        max(case when is_issue or is_redemption then 1 else 0 end) = 1 as is_issued_or_used,
        cast(sum(issued) as decimal(18, 2)) as issued,
        cast(sum(redeemed) as decimal(18, 2)) as redeemed,
        cast(sum(lapsed) as decimal(18, 2)) as lapsed,
        cast(sum(lapsed_as_sent) as decimal(18, 2)) as lapsed_as_sent
    from events
    group by instance_id, voucher_id

),

ends as (

    select
        instance_id,
        voucher_id,
        event_kind,
        row_number() over (partition by instance_id, voucher_id order by event_at desc, record_id desc) as rank_last
    from events
    where is_effective and is_end

)

select
    vouchers.instance_id,
    vouchers.record_id,
    vouchers.status,
    vouchers.call_id,
    vouchers.application_id,
    {{ record_key('vouchers.instance_id', 'vouchers.scheme') }} as scheme_key,
    {{ fact_person_key('vouchers', 'persons') }} as person_key,
    vouchers.issued_on,
    vouchers.expires_on,
    balances.first_issued_on,
    balances.first_used_on,
    balances.last_used_on,
    balances.cancelled_on,
    case
        when balances.voucher_id is null then null
        when ends.event_kind = 'EXPIRE' then 'EXPIRED'
        when ends.event_kind = 'CANCEL' then 'CANCELLED'
        when balances.redeemed <= 0 then 'ACTIVE'
        when balances.redeemed < balances.issued then 'PARTIAL'
        else 'REDEEMED'
    end as derived_status,
    coalesce(balances.is_issued_or_used, false) as is_issued_or_used,
    coalesce(balances.issued, 0) as issued,
    coalesce(balances.redeemed, 0) as redeemed,
    coalesce(balances.lapsed, 0) as lapsed,
    coalesce(balances.lapsed_as_sent, 0) as lapsed_as_sent
from vouchers
left join persons on vouchers.instance_id = persons.instance_id and vouchers.person_id = persons.record_id
left join balances on vouchers.instance_id = balances.instance_id and vouchers.record_id = balances.voucher_id
left join ends
    on vouchers.instance_id = ends.instance_id and vouchers.record_id = ends.voucher_id and ends.rank_last = 1
