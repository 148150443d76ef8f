with movements as (

    {{ effective_rows('plan_movement') }}

),

resolved as (

    select
        movements.*,
        coalesce(undone.event, movements.event) as event_kind,
        coalesce(undone.plan_id, movements.plan_id) as resolved_plan_id,
        coalesce(undone.service_id, movements.service_id) as resolved_service_id,
        coalesce(undone.provider_id, movements.provider_id) as resolved_provider_id,
        case when movements.reverses_id is null then movements.amount else -movements.amount end as signed_amount
    from movements
    left join {{ ref('stg_plan_movement') }} as undone
        on movements.instance_id = undone.instance_id and movements.reverses_id = undone.record_id

),

persons as (

    select * from {{ ref('int_person__keyed') }}

),

services as (

    select * from {{ ref('stg_service') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    resolved.instance_id,
    resolved.record_id,
    resolved.resolved_plan_id as plan_id,
    {{ record_key('resolved.instance_id', 'resolved.resolved_plan_id') }} as plan_key,
    {{ fact_person_key('resolved', 'persons') }} as person_key,
    resolved.event,
    resolved.event_kind,
    resolved.event_date,
    resolved.amount,
    cast(resolved.signed_amount as decimal(18, 2)) as signed_amount,
    resolved.resolved_service_id as service_id,
    services.istat_area,
    resolved.resolved_provider_id as provider_id,
    organisations.tax_code as provider_tax_code,
    resolved.reverses_id,
    resolved.is_effective,
    resolved.export_id,
    resolved.file,
    resolved.line
from resolved
left join persons on resolved.instance_id = persons.instance_id and resolved.person_id = persons.record_id
left join services on resolved.instance_id = services.instance_id and resolved.resolved_service_id = services.record_id
left join organisations
    on resolved.instance_id = organisations.instance_id and resolved.resolved_provider_id = organisations.record_id
