-- Issued = redeemed + lapsed + outstanding, for the network at the end of every month.
with flows as (

    select
        period_start,
        sum(case when indicator_id = 'voucher_issued' then numerator else 0 end) as issued,
        sum(case when indicator_id = 'voucher_redeemed' then numerator else 0 end) as redeemed,
        sum(case when indicator_id = 'voucher_lapsed' then numerator else 0 end) as lapsed,
        sum(case when indicator_id = 'voucher_outstanding' then numerator else 0 end) as outstanding
    from {{ ref('indicator_value') }}
    where scope_type = 'network' and period_type = 'month'
        and indicator_id in ('voucher_issued', 'voucher_redeemed', 'voucher_lapsed', 'voucher_outstanding')
    group by period_start

),

cumulated as (

    select
        period_start,
        sum(issued) over (order by period_start) as issued,
        sum(redeemed) over (order by period_start) as redeemed,
        sum(lapsed) over (order by period_start) as lapsed,
        outstanding
    from flows

)

select *
from cumulated
where issued <> redeemed + lapsed + outstanding
