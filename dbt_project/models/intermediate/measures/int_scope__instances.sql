with instances as (

    select * from {{ ref('dim_instance') }}

),

tax_codes as (

    select distinct tax_code, instance_id
    from {{ ref('stg_organisation') }}
    where tax_code is not null

),

scopes as (

    select 'network' as scope_type, 'network' as scope_id, instance_id
    from instances
    union
    select 'region' as scope_type, region_code as scope_id, instance_id
    from instances
    where region_code is not null
    union
    select 'province' as scope_type, province_code as scope_id, instance_id
    from instances
    where province_code is not null
    union
    select 'instance' as scope_type, instance_id as scope_id, instance_id
    from instances
    union
    select 'comune' as scope_type, istat_comune as scope_id, instance_id
    from {{ reference('instance_comune') }}
    union
    select 'comune' as scope_type, istat_place as scope_id, instance_id
    from {{ ref('fct_service_delivery') }}
    union
    -- Funders, providers, consortia and ATS: one tax code, whatever it is a scope of.
    select 'organisation' as scope_type, tax_code as scope_id, instance_id
    from tax_codes

),

-- Many scopes, few groups of instances: coverage is told once a group.
instance_groups as (

    select
        scope_type,
        scope_id,
        {{ list_distinct('instance_id') }} as instance_group
    from scopes
    group by scope_type, scope_id

)

select
    scopes.scope_type,
    scopes.scope_id,
    scopes.instance_id,
    instance_groups.instance_group
from scopes
inner join instance_groups
    on scopes.scope_type = instance_groups.scope_type and scopes.scope_id = instance_groups.scope_id
