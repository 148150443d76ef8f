with expired as (

    select * from {{ ref('int_voucher__timed') }}
    where expires_on < (select as_of from {{ ref('int_calendar__as_of') }})

)

{% call cube(relation='expired', day='issued_on', scopes=['network', 'instance', 'scheme']) %}
    sum(case when redeemed <= 0 then 1 else 0 end) as never_used,
    count(*) as vouchers,
    count(distinct person) as n_persons
{% endcall %}
