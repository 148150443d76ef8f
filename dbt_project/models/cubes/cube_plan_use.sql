with movements as (

    select * from {{ ref('fct_plan_movement') }}
    where event_kind in ('CREDIT', 'SPEND')

)

select * from (
{{ cumulative_cells(
    relation='movements',
    day='event_date',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'plan': 'plan_key',
    },
    measures={
        'spent': "case when event_kind = 'SPEND' then signed_amount else 0 end",
        'credit': "case when event_kind = 'CREDIT' then signed_amount else 0 end",
    },
    distinct={'person_key': 'person_key'},
) }}
) as cumulated
