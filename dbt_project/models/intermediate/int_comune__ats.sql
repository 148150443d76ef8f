-- A comune that lines of today name has what they say; one that merged since has what its parts agree on.
select
    istat_comune_today as istat_comune,
    coalesce(
        max(case when istat_comune = istat_comune_today then ats_id end),
        case when count(distinct ats_id) = 1 then max(ats_id) end
    ) as ats_id
from {{ ref('bridge_ats_comune') }}
where is_current
group by istat_comune_today
