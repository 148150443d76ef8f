with comuni as (

    select * from {{ ref('stg_comune') }}

),

ats as (

    select distinct
        ats_id,
        ats_name
    from {{ ref('stg_ats_comune') }}

),

-- A comune that lines of today name has what they say; one that merged since has what its parts agree on.
memberships as (

    select
        istat_comune_today as istat_comune,
        coalesce(
            max(case when istat_comune = istat_comune_today then ats_id end),
            case when count(distinct ats_id) = 1 then max(ats_id) end
        ) as ats_id
    from {{ ref('bridge_ats_comune') }}
    where is_current
    group by istat_comune_today

),

residents as (

    select * from {{ reference('residents') }}

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
    comuni.istat_comune_today,
    today.comune_name as comune_name_today,
    today.istat_comune is not null as has_comune_today,
    ats.ats_id,
    ats.ats_name,
    residents.residents,
    residents.source as residents_source,
    residents.reference_date as residents_date
from comuni
left join comuni as today
    on comuni.istat_comune_today = today.istat_comune
left join memberships
    on comuni.istat_comune_today = memberships.istat_comune
left join ats
    on memberships.ats_id = ats.ats_id
left join residents
    on comuni.istat_comune = residents.istat_comune and comuni.valid_to = cast('9999-12-31' as date)
