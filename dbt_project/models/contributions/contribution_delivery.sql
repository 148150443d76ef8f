with deliveries as (

    select * from {{ ref('fct_service_delivery') }}

),

requests as (

    select instance_id, record_id
    from {{ ref('fct_request') }}
    where is_effective

),

chain as (

    select * from {{ ref('int_organisation__chain') }}

),

allocated as (

    select
        allocations.instance_id,
        allocations.source_id,
        sum(case when funders.kind = 'FOUNDATION' then allocations.amount else 0 end) as foundation,
        sum(case when funders.kind in ('REGION', 'STATE') then allocations.amount else 0 end) as region_state,
        sum(
            case when funders.kind in ('EMPLOYER', 'BILATERAL_BODY', 'EMPLOYER_ASSOCIATION') then allocations.amount else 0 end
        ) as employer
    from {{ ref('fct_allocation') }} as allocations
    left join {{ ref('stg_organisation') }} as funders
        on allocations.instance_id = funders.instance_id and allocations.funder_id = funders.record_id
    where allocations.is_effective and allocations.source_entity = 'service_delivery'
    group by allocations.instance_id, allocations.source_id

),

-- What stands behind a row: its own amounts, or those of the row it undoes.
origins as (

    select
        deliveries.instance_id,
        deliveries.record_id,
        case when deliveries.reverses_id is null then 1 else -1 end as direction,
        greatest(0, case when deliveries.reverses_id is null then deliveries.amount_other else -deliveries.amount_other end) as other,
        greatest(0, coalesce(allocated.foundation, 0)) as foundation,
        greatest(0, coalesce(allocated.region_state, 0)) as region_state,
        greatest(0, coalesce(allocated.employer, 0)) as employer
    from deliveries
    left join allocated
        on deliveries.instance_id = allocated.instance_id
        and coalesce(deliveries.reverses_id, deliveries.record_id) = allocated.source_id

),

parts as (

    select
        instance_id,
        record_id,
        cast(direction * least(foundation, other) as decimal(18, 2)) as foundation,
        cast(direction * least(region_state, greatest(0, other - foundation)) as decimal(18, 2)) as region_state,
        cast(direction * least(employer, greatest(0, other - foundation - region_state)) as decimal(18, 2)) as employer
    from origins

)

select
    deliveries.instance_id,
    deliveries.record_id,
    instances.region_code,
    instances.province_code,
    deliveries.istat_place,
    deliveries.provider_tax_code,
    deliveries.provider_key,
    {{ affiliation_scopes() }},
    deliveries.service_key,
    deliveries.istat_area,
    deliveries.macro_area,
    services.leps_code,
    services.nomenclatore_code is not null as is_coded,
    requests.record_id is not null as is_linked,
    deliveries.start_date,
    deliveries.person_key,
    deliveries.is_effective,
    deliveries.quantity,
    deliveries.amount_total,
    deliveries.amount_municipality as municipality,
    deliveries.amount_ssn as ssn,
    deliveries.amount_user as user_part,
    parts.foundation,
    parts.region_state,
    parts.employer,
    deliveries.amount_total - deliveries.amount_municipality - deliveries.amount_ssn - deliveries.amount_user
    - parts.foundation - parts.region_state - parts.employer as unallocated
from deliveries
inner join parts on deliveries.instance_id = parts.instance_id and deliveries.record_id = parts.record_id
left join {{ ref('dim_instance') }} as instances on deliveries.instance_id = instances.instance_id
left join {{ ref('dim_service') }} as services on deliveries.service_key = services.service_key
left join requests on deliveries.instance_id = requests.instance_id and deliveries.request_id = requests.record_id
left join chain on {{ on_chain_end('deliveries', 'provider_id', 'start_date') }}
