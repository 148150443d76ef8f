{{ config(materialized='view') }}

with deliveries as (

    select * from {{ ref('fct_service_delivery') }}

),

instances as (

    select * from {{ ref('dim_instance') }}

)

select
    deliveries.*,
    instances.region_code,
    instances.province_code
from deliveries
left join instances on deliveries.instance_id = instances.instance_id
