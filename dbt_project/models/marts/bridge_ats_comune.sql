with as_of as (

    select * from {{ ref('int_calendar__as_of') }}

)

select
    memberships.ats_id,
    memberships.ats_name,
    memberships.istat_comune,
    coalesce(comuni.istat_comune_today, memberships.istat_comune) as istat_comune_today,
    memberships.valid_from,
    memberships.valid_to,
    coalesce(as_of.as_of between memberships.valid_from and memberships.valid_to, false) as is_current
from {{ ref('stg_ats_comune') }} as memberships
cross join as_of
left join {{ ref('stg_comune') }} as comuni on memberships.istat_comune = comuni.istat_comune
