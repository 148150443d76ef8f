with bookings as (

    select * from {{ ref('fct_booking') }}
    where is_effective and status in ('DONE', 'NO_SHOW')

)

{{ cells(
    relation='bookings',
    day='start_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'provider': 'provider_tax_code',
    },
    measures={
        'missed': "sum(case when status = 'NO_SHOW' then 1 else 0 end)",
        'due': 'count(*)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
