with instances as (

    select * from {{ ref('dim_instance') }}

),

residents as (

    select * from {{ ref('int_residents__by_scope') }}
    where scope_type = 'instance'

)

select
    instances.instance_id,
    residents.residents,
    coalesce(rules.peer_group, 'unknown') as peer_group
from instances
left join residents on instances.instance_id = residents.scope_id
left join {{ ref('int_peer_group__rules') }} as rules
    on instances.region_code = rules.region_code
    and residents.residents >= rules.residents_from
    and residents.residents < rules.residents_below
