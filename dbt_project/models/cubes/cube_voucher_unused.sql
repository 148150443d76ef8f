with expired as (

    select * from {{ ref('int_voucher__timed') }}
    where expires_on < (select as_of from {{ ref('int_calendar__as_of') }})

)

{{ cells(
    relation='expired',
    day='issued_on',
    scopes={'network': "'network'", 'instance': 'instance_id', 'scheme': 'scheme_key'},
    measures={
        'never_used': 'sum(case when redeemed <= 0 then 1 else 0 end)',
        'vouchers': 'count(*)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
