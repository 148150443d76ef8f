with movements as (

    select * from {{ ref('fct_plan_movement') }}
    where event_kind = 'CREDIT'

)

{{ cells(
    relation='movements',
    day='event_date',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'plan': 'plan_key',
    },
    measures={
        'credit': 'sum(signed_amount)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
