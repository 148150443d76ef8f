with deliveries as (

    select * from {{ ref('fct_service_delivery') }}

),

events as (

    select * from {{ ref('fct_voucher_event') }}

),

payments as (

    select * from {{ ref('fct_payment') }}

),

movements as (

    select * from {{ ref('fct_plan_movement') }}

)

select
    instance_id,
    'service_delivery' as source_entity,
    record_id as source_id,
    start_date as source_date,
    istat_area,
    person_key,
    amount_total as source_amount
from deliveries

union all

select
    instance_id,
    'voucher_event' as source_entity,
    record_id as source_id,
    event_on as source_date,
    istat_area,
    person_key,
    amount as source_amount
from events

union all

select
    instance_id,
    'payment' as source_entity,
    record_id as source_id,
    value_date as source_date,
    cast(null as varchar) as istat_area,
    person_key,
    amount as source_amount
from payments

union all

select
    instance_id,
    'plan_movement' as source_entity,
    record_id as source_id,
    event_date as source_date,
    istat_area,
    person_key,
    amount as source_amount
from movements
