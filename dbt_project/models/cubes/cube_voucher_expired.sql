-- Vouchers whose term has passed, in the period of their issue. Of one that was only ever cancelled or expired no row feeds the
-- rate of redemption.
with expired as (

    select *
    from {{ ref('int_voucher__timed') }}
    where expires_on < (select as_of from {{ ref('int_calendar__as_of') }})

)

{% call cube(relation='expired', day='issued_on', scopes=['network', 'instance', 'scheme']) %}
    count(*) as vouchers,
    count(distinct person) as n_persons,
    sum(case when redeemed <= 0 then 1 else 0 end) as never_used,
    sum(issued) as issued,
    sum(redeemed) as redeemed,
    sum(case when is_issued_or_used then 1 else 0 end) as issued_or_used,
    count(distinct case when is_issued_or_used then person end) as issued_or_used_persons
{% endcall %}
