{{ config(materialized='table', tags=['reference']) }}

select
    istat_comune,
    comune_name,
    province_code,
    province_name,
    uts_code,
    region_code,
    region_name,
    cadastral_code,
    nuts3_code,
    tax_code,
    valid_from,
    valid_to,
    istat_comune_today
from {{ reference('comune') }}
