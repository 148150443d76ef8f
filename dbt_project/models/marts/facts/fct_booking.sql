with bookings as (

    select * from {{ ref('stg_booking') }}
    where {{ in_changed_instances('instance_id') }}

),

persons as (

    select * from {{ ref('int_person__keyed') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    bookings.instance_id,
    bookings.record_id,
    {{ fact_person_key('bookings', 'persons') }} as person_key,
    bookings.service_id,
    bookings.provider_id,
    organisations.tax_code as provider_tax_code,
    bookings.request_id,
    bookings.booked_on,
    bookings.start_on,
    bookings.status,
    not bookings.is_removed as is_effective,
    bookings.export_id,
    bookings.file,
    bookings.line
from bookings
left join persons on bookings.instance_id = persons.instance_id and bookings.person_id = persons.record_id
left join organisations
    on bookings.instance_id = organisations.instance_id and bookings.provider_id = organisations.record_id
