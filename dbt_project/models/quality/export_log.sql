with exports as (

    select * from {{ ref('stg_export') }}

),

entities as (

    select
        instance_id,
        export_id,
        count(*) as n_entities,
        sum(received) as received,
        sum(loaded) as loaded,
        sum(known) as known,
        sum(quarantined) as quarantined
    from {{ ref('stg_export_entity') }}
    group by instance_id, export_id

),

totals as (

    select
        instance_id,
        export_id,
        sum(declared) as declared_eur,
        sum(loaded) as loaded_eur,
        sum(known) as known_eur,
        sum(quarantined) as quarantined_eur
    from {{ ref('reconciliation') }}
    where is_euro
    group by instance_id, export_id

),

attempts as (

    select * from {{ raw_attempts() }}

),

accepted as (

    select
        exports.instance_id,
        exports.export_id,
        cast(0 as bigint) as attempt,
        'accepted' as status,
        exports.sequence,
        exports.mode,
        exports.contract_version,
        exports.period_from,
        exports.period_to,
        exports.created,
        exports.accepted_at as attempted_at,
        exports.manifest_sha256,
        exports.content_sha256,
        entities.n_entities,
        entities.received,
        entities.loaded,
        entities.known,
        entities.quarantined,
        totals.declared_eur,
        totals.loaded_eur,
        totals.known_eur,
        totals.quarantined_eur,
        cast(0 as bigint) as error_count,
        cast(null as varchar) as codes
    from exports
    inner join entities on exports.instance_id = entities.instance_id and exports.export_id = entities.export_id
    left join totals on exports.instance_id = totals.instance_id and exports.export_id = totals.export_id

),

attempted as (

    select
        instance_id,
        export_id,
        attempt,
        status,
        sequence,
        cast(null as varchar) as mode,
        cast(null as varchar) as contract_version,
        cast(null as date) as period_from,
        cast(null as date) as period_to,
        cast(null as timestamp) as created,
        cast(attempted_at as timestamp) as attempted_at,
        manifest_sha256,
        cast(null as varchar) as content_sha256,
        cast(null as bigint) as n_entities,
        cast(null as bigint) as received,
        cast(null as bigint) as loaded,
        cast(null as bigint) as known,
        cast(null as bigint) as quarantined,
        cast(null as decimal(24, 2)) as declared_eur,
        cast(null as decimal(24, 2)) as loaded_eur,
        cast(null as decimal(24, 2)) as known_eur,
        cast(null as decimal(24, 2)) as quarantined_eur,
        error_count,
        codes
    from attempts

)

select
    instance_id,
    export_id,
    attempt,
    status,
    sequence,
    mode,
    contract_version,
    period_from,
    period_to,
    created,
    attempted_at,
    manifest_sha256,
    content_sha256,
    cast(n_entities as bigint) as n_entities,
    cast(received as bigint) as received,
    cast(loaded as bigint) as loaded,
    cast(known as bigint) as known,
    cast(quarantined as bigint) as quarantined,
    cast(declared_eur as decimal(24, 2)) as declared_eur,
    cast(loaded_eur as decimal(24, 2)) as loaded_eur,
    cast(known_eur as decimal(24, 2)) as known_eur,
    cast(quarantined_eur as decimal(24, 2)) as quarantined_eur,
    error_count,
    codes
from accepted

union all

select * from attempted
