with allocations as (

    {{ effective_rows('allocation') }}

),

sources as (

    select * from {{ ref('int_allocation__sources') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    allocations.instance_id,
    allocations.record_id,
    allocations.source_entity,
    allocations.source_id,
    sources.source_date,
    sources.source_amount,
    sources.source_id is not null as is_source_loaded,
    sources.istat_area,
    sources.person_key,
    allocations.funder_id,
    organisations.tax_code as funder_tax_code,
    allocations.grant_id,
    case
        when allocations.grant_id is not null then {{ record_key('allocations.instance_id', 'allocations.grant_id') }}
    end as grant_key,
    allocations.amount,
    allocations.reverses_id,
    allocations.is_effective,
    allocations.export_id,
    allocations.file,
    allocations.line
from allocations
left join sources
    on allocations.instance_id = sources.instance_id
    and allocations.source_entity = sources.source_entity
    and allocations.source_id = sources.source_id
left join organisations
    on allocations.instance_id = organisations.instance_id and allocations.funder_id = organisations.record_id
