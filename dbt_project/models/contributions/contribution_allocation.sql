with allocations as (

    select
        fct_allocation.*,
        -- A key of its own keeps the join an equality, which every engine hashes.
        case when source_entity = 'service_delivery' then source_id end as delivery_id
    from {{ ref('fct_allocation') }} as fct_allocation
    where is_source_loaded

),

deliveries as (

    select * from {{ ref('fct_service_delivery') }}

)

select
    allocations.instance_id,
    allocations.source_entity,
    allocations.source_id,
    allocations.source_date,
    allocations.istat_area,
    allocations.person_key,
    allocations.funder_tax_code,
    allocations.grant_key,
    allocations.amount,
    allocations.source_entity = 'service_delivery' as is_delivery,
    -- A delivery counts for a funder or grant through an allocation that stands.
    case
        when allocations.is_effective and deliveries.is_effective
            then {{ record_key('allocations.instance_id', 'allocations.source_id') }}
    end as effective_delivery_key,
    -- The whole of a delivery that a grant pays for in part, once for the grant.
    case
        when allocations.is_effective and deliveries.is_effective and allocations.grant_key is not null
            and row_number() over (
                partition by allocations.instance_id, allocations.delivery_id, allocations.grant_key, allocations.is_effective
                order by allocations.record_id
            ) = 1
            then deliveries.amount_total
        else 0
    end as shared_total
from allocations
left join deliveries
    on allocations.instance_id = deliveries.instance_id and allocations.delivery_id = deliveries.record_id
