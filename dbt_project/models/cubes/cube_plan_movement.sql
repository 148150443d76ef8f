with movements as (

    select
        movements.*,
        coalesce(providers.kind in ('PROVIDER_COOP', 'CONSORTIUM', 'OTHER_ETS'), false) as is_social
    from {{ ref('fct_plan_movement') }} as movements
    left join {{ ref('stg_organisation') }} as providers
        on movements.instance_id = providers.instance_id and movements.provider_id = providers.record_id

)

{% call cube(relation='movements', day='event_date', scopes=['network', 'instance', 'plan']) %}
    sum(case when event_kind = 'CREDIT' then signed_amount else 0 end) as credit,
    sum(case when event_kind = 'CREDIT' then 1 else 0 end) as credit_rows,
    count(distinct case when event_kind = 'CREDIT' then person end) as credit_persons,
    sum(case when event_kind = 'SPEND' then signed_amount else 0 end) as spent,
    sum(case when event_kind = 'SPEND' and is_social then signed_amount else 0 end) as spent_social,
    sum(case when event_kind = 'SPEND' then 1 else 0 end) as spend_rows,
    count(distinct case when event_kind = 'SPEND' then person end) as spend_persons,
    sum(case when event_kind = 'EXPIRE' then signed_amount else 0 end) as expired,
    sum(case when event_kind = 'EXPIRE' then 1 else 0 end) as expire_rows,
    count(distinct case when event_kind = 'EXPIRE' then person end) as expire_persons
{% endcall %}
