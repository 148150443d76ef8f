with movements as (

    select * from {{ ref('fct_plan_movement') }}
    where event_kind in ('CREDIT', 'SPEND')

)

select * from (
{% call running_cube(
    relation='movements',
    day='event_date',
    scopes=['network', 'instance', 'plan'],
    distinct={'n_persons': 'person_key'},
) %}
    case when event_kind = 'SPEND' then signed_amount else 0 end as spent,
    case when event_kind = 'CREDIT' then signed_amount else 0 end as credit
{% endcall %}
) as cumulated
