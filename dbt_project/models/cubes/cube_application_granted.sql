with applications as (

    select * from {{ ref('fct_application') }}
    where is_effective and status = 'FUNDED' and concession_date is not null and amount_granted is not null

)

{{ cells(
    relation='applications',
    day='concession_date',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'call': 'call_key',
    },
    measures={
        'granted': 'sum(amount_granted)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
