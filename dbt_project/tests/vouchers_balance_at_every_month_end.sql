-- Issued = redeemed + lapsed + outstanding, for the network, every instance and every scheme, at the end of every month.
with flows as (

    select
        scope_type,
        scope_id,
        period_start,
        sum(case when indicator_id = 'voucher_issued' then numerator else 0 end) as issued,
        sum(case when indicator_id = 'voucher_redeemed' then numerator else 0 end) as redeemed,
        sum(case when indicator_id = 'voucher_lapsed' then numerator else 0 end) as lapsed,
        sum(case when indicator_id = 'voucher_outstanding' then numerator else 0 end) as outstanding
    from {{ ref('indicator_value') }}
    where scope_type in ('network', 'instance', 'scheme') and period_type = 'month' and status = 'ok'
        and indicator_id in ('voucher_issued', 'voucher_redeemed', 'voucher_lapsed', 'voucher_outstanding')
    group by scope_type, scope_id, period_start

),

cumulated as (

    select
        scope_type,
        scope_id,
        period_start,
        sum(issued) over (partition by scope_type, scope_id order by period_start) as issued,
        sum(redeemed) over (partition by scope_type, scope_id order by period_start) as redeemed,
        sum(lapsed) over (partition by scope_type, scope_id order by period_start) as lapsed,
        outstanding
    from flows

)

select *
from cumulated
where issued <> redeemed + lapsed + outstanding
