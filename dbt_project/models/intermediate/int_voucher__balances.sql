with events as (

    select * from {{ ref('int_voucher_event__balanced') }}

),

balances as (

    select
        instance_id,
        voucher_id,
        max(person_key) as person_key,
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
    balances.*,
    case
        when ends.event_kind = 'EXPIRE' then 'EXPIRED'
        when ends.event_kind = 'CANCEL' then 'CANCELLED'
        when balances.redeemed <= 0 then 'ACTIVE'
        when balances.redeemed < balances.issued then 'PARTIAL'
        else 'REDEEMED'
    end as derived_status
from balances
left join ends
    on balances.instance_id = ends.instance_id and balances.voucher_id = ends.voucher_id and ends.rank_last = 1
