{{ config(materialized='table', tags=['reference']) }}

select
    instance_id,
    istat_comune
from {{ reference('instance_comune') }}
