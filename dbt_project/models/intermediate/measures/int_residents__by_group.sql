with residents as (

    select * from {{ ref('stg_residents_by_group') }}

),

placed as (

    select
        scopes.scope_type,
        scopes.scope_id,
        residents.sex,
        residents.age_band,
        sum(residents.residents) as residents
    from {{ ref('int_scope__comuni') }} as scopes
    inner join residents on scopes.istat_comune = residents.istat_comune
    group by scopes.scope_type, scopes.scope_id, residents.sex, residents.age_band

),

-- A comune without figures leaves the whole scope without a denominator.
complete as (

    select
        scopes.scope_type,
        scopes.scope_id
    from {{ ref('int_scope__comuni') }} as scopes
    left join (select distinct istat_comune from residents) as known on scopes.istat_comune = known.istat_comune
    group by scopes.scope_type, scopes.scope_id
    having count(*) = count(known.istat_comune)

)

select placed.*
from placed
inner join complete on placed.scope_type = complete.scope_type and placed.scope_id = complete.scope_id
