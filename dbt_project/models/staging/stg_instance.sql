{{ config(materialized='table', tags=['reference']) }}

select
    instance_id,
    name as instance_name,
    seat,
    timezone,
    active_from,
    active_to
from {{ reference('instance') }}
