with placed as (

    select * from {{ ref('int_delivery__placed') }}

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
        placed.instance_id,
        placed.record_id,
        case when placed.reverses_id is null then 1 else -1 end as direction,
        greatest(0, case when placed.reverses_id is null then placed.amount_other else -placed.amount_other end) as other,
        greatest(0, coalesce(allocated.foundation, 0)) as foundation,
        greatest(0, coalesce(allocated.region_state, 0)) as region_state,
        greatest(0, coalesce(allocated.employer, 0)) as employer
    from placed
    left join allocated
        on placed.instance_id = allocated.instance_id
        and coalesce(placed.reverses_id, placed.record_id) = allocated.source_id

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
    placed.instance_id,
    placed.record_id,
    placed.region_code,
    placed.province_code,
    placed.provider_tax_code,
    placed.provider_key,
    {{ affiliation_scopes() }},
    placed.istat_area,
    placed.start_date,
    placed.person_key,
    placed.is_effective,
    placed.amount_total,
    placed.amount_municipality as municipality,
    placed.amount_ssn as ssn,
    placed.amount_user as user_part,
    parts.foundation,
    parts.region_state,
    parts.employer,
    placed.amount_total - placed.amount_municipality - placed.amount_ssn - placed.amount_user
    - parts.foundation - parts.region_state - parts.employer as unallocated
from placed
inner join parts on placed.instance_id = parts.instance_id and placed.record_id = parts.record_id
left join chain on {{ on_chain_end('placed', 'provider_id', 'start_date') }}
