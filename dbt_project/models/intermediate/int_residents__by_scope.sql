{{ config(tags=['reference']) }}

with comuni as (

    select * from {{ ref('int_scope__comuni') }}

),

territories as (

    select * from {{ ref('dim_territory') }}
    where is_current

)

select
    comuni.scope_type,
    comuni.scope_id,
    -- A comune without a figure leaves the whole scope without a denominator: a rate over part of it would be too high.
    case when count(*) = count(territories.residents) then sum(territories.residents) end as residents
from comuni
left join territories on comuni.istat_comune = territories.istat_comune
group by comuni.scope_type, comuni.scope_id
