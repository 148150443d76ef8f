-- Of the comuni with residents by sex and age: the newest comuni may have none yet.
select
    scopes.scope_type,
    scopes.scope_id,
    residents.sex,
    residents.age_band,
    sum(residents.residents) as residents
from {{ ref('int_scope__comuni') }} as scopes
inner join {{ reference('residents_by_group') }} as residents on scopes.istat_comune = residents.istat_comune
group by scopes.scope_type, scopes.scope_id, residents.sex, residents.age_band
