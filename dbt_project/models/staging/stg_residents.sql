{{ config(materialized='table', tags=['reference']) }}

select
    istat_comune,
    residents,
    source,
    reference_date
from {{ reference('residents') }}
