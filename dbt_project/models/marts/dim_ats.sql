with named as (

    select distinct
        ats_id,
        ats_name,
        region_code
    from {{ ref('stg_ats_comune') }}

),

members as (

    select
        ats_id,
        count(*) as n_comuni,
        -- A comune without a figure leaves the ATS without one: a rate over part of it would be too high.
        case when count(*) = count(residents) then sum(residents) end as residents
    from {{ ref('dim_territory') }}
    where is_current and ats_id is not null
    group by ats_id

)

select
    named.ats_id,
    named.ats_name,
    named.region_code,
    coalesce(members.n_comuni, 0) as n_comuni,
    cast(members.residents as bigint) as residents
from named
left join members on named.ats_id = members.ats_id
