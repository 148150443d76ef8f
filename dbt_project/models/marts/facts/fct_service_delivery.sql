with deliveries as (

    {{ effective_rows('service_delivery') }}

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
    deliveries.instance_id,
    deliveries.record_id,
    {{ fact_person_key('deliveries', 'persons') }} as person_key,
    deliveries.service_id,
    {{ record_key('deliveries.instance_id', 'deliveries.service_id') }} as service_key,
    services.istat_area,
    services.macro_area,
    services.sensitivity,
    deliveries.provider_id,
    organisations.tax_code as provider_tax_code,
    coalesce(
        organisations.tax_code,
        {{ record_key('deliveries.instance_id', 'deliveries.provider_id') }}
    ) as provider_key,
    deliveries.booking_id,
    deliveries.request_id,
    deliveries.istat_place,
    deliveries.start_date,
    deliveries.end_date,
    deliveries.quantity,
    deliveries.amount_total,
    deliveries.amount_user,
    deliveries.amount_municipality,
    deliveries.amount_ssn,
    deliveries.amount_other,
    deliveries.reverses_id,
    deliveries.is_effective,
    deliveries.export_id,
    deliveries.file,
    deliveries.line
from deliveries
left join persons on deliveries.instance_id = persons.instance_id and deliveries.person_id = persons.record_id
left join services on deliveries.instance_id = services.instance_id and deliveries.service_id = services.record_id
left join organisations
    on deliveries.instance_id = organisations.instance_id and deliveries.provider_id = organisations.record_id
