with instances as (

    select * from {{ reference('instance') }}

),

-- The register may name a seat by a code of before.
seats as (

    select
        named.istat_comune,
        today.comune_name,
        today.province_code,
        today.province_name,
        today.region_code,
        today.region_name
    from {{ ref('dim_territory') }} as named
    inner join {{ ref('dim_territory') }} as today on named.istat_comune_today = today.istat_comune

),

exports as (

    select
        instance_id,
        min(period_from) as first_period_from,
        max(period_to) as data_to
    from {{ ref('stg_export') }}
    group by instance_id

)

select
    instances.instance_id,
    instances.name as instance_name,
    instances.seat,
    seats.comune_name as seat_name,
    seats.province_code,
    seats.province_name,
    seats.region_code,
    seats.region_name,
    instances.timezone,
    instances.active_from,
    instances.active_to,
    exports.first_period_from,
    exports.data_to
from instances
left join exports on instances.instance_id = exports.instance_id
left join seats on instances.seat = seats.istat_comune
