{{ config(materialized='table', tags=['reference']) }}

select
    ats_id,
    ats_name,
    region_code,
    istat_comune,
    valid_from,
    valid_to
from {{ reference('ats_comune') }}
