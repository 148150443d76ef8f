{{ config(materialized='table', tags=['reference']) }}

select
    istat_comune,
    sex,
    age_band,
    residents
from {{ reference('residents_by_group') }}
