with entities as (

    select
        instance_id,
        export_id,
        sum(received) as received,
        sum(quarantined) as quarantined
    from {{ ref('stg_export_entity') }}
    group by instance_id, export_id

),

gaps as (

    select
        instance_id,
        export_id,
        sum(gap) as gap
    from {{ ref('reconciliation') }}
    where is_euro
    group by instance_id, export_id

),

accepted as (

    select
        exports.instance_id,
        exports.period_to,
        greatest(0, {{ days_from('exports.period_to', rome_date('exports.accepted_at')) }}) as delay_days,
        entities.export_id is not null as lists_entities,
        entities.received,
        entities.quarantined,
        case when entities.export_id is not null then coalesce(gaps.gap, 0) end as gap
    from {{ ref('stg_export') }} as exports
    left join entities on exports.instance_id = entities.instance_id and exports.export_id = entities.export_id
    left join gaps on exports.instance_id = gaps.instance_id and exports.export_id = gaps.export_id

)

{% call cube('cube_export', relation='accepted') %}
    count(*) as exports,
    sum(delay_days) as delay_days,
    sum(case when lists_entities then 1 else 0 end) as listing_exports,
    sum(received) as received,
    sum(quarantined) as quarantined,
    sum(gap) as gap
{% endcall %}
