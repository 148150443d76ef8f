{{ config(tags=['reference']) }}

with instance_comuni as (

    select * from {{ ref('stg_instance_comune') }}

),

instances as (

    select * from {{ ref('dim_instance') }}

),

territories as (

    select * from {{ ref('dim_territory') }}
    where is_current

),

scopes as (

    select
        'network' as scope_type,
        'network' as scope_id,
        instance_comuni.istat_comune
    from instances
    inner join instance_comuni on instances.instance_id = instance_comuni.instance_id

    union

    select
        'region' as scope_type,
        instances.region_code as scope_id,
        instance_comuni.istat_comune
    from instances
    inner join instance_comuni on instances.instance_id = instance_comuni.instance_id

    union

    select
        'province' as scope_type,
        instances.province_code as scope_id,
        instance_comuni.istat_comune
    from instances
    inner join instance_comuni on instances.instance_id = instance_comuni.instance_id

    union

    select
        'instance' as scope_type,
        instances.instance_id as scope_id,
        instance_comuni.istat_comune
    from instances
    inner join instance_comuni on instances.instance_id = instance_comuni.instance_id

)

select
    scopes.scope_type,
    scopes.scope_id,
    -- A comune without a figure leaves the whole scope without a denominator: a rate over part of it would be too high.
    case when count(*) = count(territories.residents) then sum(territories.residents) end as residents
from scopes
left join territories on scopes.istat_comune = territories.istat_comune
where scopes.scope_id is not null
group by scopes.scope_type, scopes.scope_id
