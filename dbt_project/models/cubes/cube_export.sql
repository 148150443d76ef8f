with exports as (

    select * from {{ ref('stg_export') }}

),

entities as (

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
        entities.received,
        entities.quarantined,
        coalesce(gaps.gap, 0) as gap
    from exports
    inner join entities on exports.instance_id = entities.instance_id and exports.export_id = entities.export_id
    left join gaps on exports.instance_id = gaps.instance_id and exports.export_id = gaps.export_id

)

{% call cube(relation='accepted', day='period_to', periods=['month'], scopes=['network', 'instance']) %}
    sum(received) as received,
    sum(quarantined) as quarantined,
    sum(gap) as gap
{% endcall %}
