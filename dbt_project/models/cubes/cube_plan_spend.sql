with movements as (

    select
        movements.*,
        coalesce(providers.kind in ('PROVIDER_COOP', 'CONSORTIUM', 'OTHER_ETS'), false) as is_social
    from {{ ref('fct_plan_movement') }} as movements
    left join {{ ref('int_organisation__current') }} as providers
        on movements.instance_id = providers.instance_id and movements.provider_id = providers.record_id
    where movements.event_kind in ('SPEND', 'EXPIRE')

)

{{ cells(
    relation='movements',
    day='event_date',
    scopes={'network': "'network'", 'instance': 'instance_id', 'plan': 'plan_key'},
    measures={
        'spent': "sum(case when event_kind = 'SPEND' then signed_amount else 0 end)",
        'spent_social': "sum(case when event_kind = 'SPEND' and is_social then signed_amount else 0 end)",
        'spend_rows': "sum(case when event_kind = 'SPEND' then 1 else 0 end)",
        'spend_persons': "count(distinct case when event_kind = 'SPEND' then person_key end)",
        'expired': "sum(case when event_kind = 'EXPIRE' then signed_amount else 0 end)",
        'expire_rows': "sum(case when event_kind = 'EXPIRE' then 1 else 0 end)",
        'expire_persons': "count(distinct case when event_kind = 'EXPIRE' then person_key end)",
    },
) }}
