{{ config(tags=['reference']) }}

with comuni as (

    select * from {{ ref('stg_comune') }}

),

residents as (

    select * from {{ ref('stg_residents') }}

)

select
    comuni.istat_comune,
    comuni.comune_name,
    comuni.province_code,
    comuni.province_name,
    comuni.region_code,
    comuni.region_name,
    comuni.cadastral_code,
    comuni.nuts3_code,
    comuni.valid_from,
    comuni.valid_to,
    comuni.valid_to = cast('9999-12-31' as date) as is_current,
    residents.residents,
    residents.source as residents_source,
    residents.reference_date as residents_date
from comuni
left join residents
    on comuni.istat_comune = residents.istat_comune and comuni.valid_to = cast('9999-12-31' as date)
