-- For the means that are compared: what each person contributes to numerator and denominator in a year. Deliveries of one
-- person are not independent of each other; persons are.
with municipal as (

    select
        instance_id,
        {{ period_start('year', 'start_date') }} as period_start,
        istat_area,
        person_key,
        sum(municipality) as amount
    from {{ ref('int_delivery__placed') }}
    group by instance_id, {{ period_start('year', 'start_date') }}, istat_area, person_key

)

select
    'spend_municipal_per_resident' as indicator_id,
    'ALL' as item,
    'ALL' as area,
    instance_id,
    period_start,
    person_key,
    cast(sum(amount) as decimal(24, 4)) as amount,
    cast(null as decimal(24, 4)) as weight
from municipal
group by instance_id, period_start, person_key

union all

select
    'spend_municipal_per_resident' as indicator_id,
    'ALL' as item,
    istat_area as area,
    instance_id,
    period_start,
    person_key,
    cast(amount as decimal(24, 4)) as amount,
    cast(null as decimal(24, 4)) as weight
from municipal
where istat_area is not null

union all

select
    'unit_cost_std' as indicator_id,
    services.nomenclatore_code || ':' || services.unit as item,
    'ALL' as area,
    deliveries.instance_id,
    {{ period_start('year', 'deliveries.start_date') }} as period_start,
    deliveries.person_key,
    cast(sum(deliveries.amount_total) as decimal(24, 4)) as amount,
    cast(sum(deliveries.quantity) as decimal(24, 4)) as weight
from {{ ref('fct_service_delivery') }} as deliveries
inner join {{ ref('dim_service') }} as services on deliveries.service_key = services.service_key
where services.nomenclatore_code is not null and services.unit not in ('EUR', 'ITEM')
group by
    services.nomenclatore_code || ':' || services.unit,
    deliveries.instance_id,
    {{ period_start('year', 'deliveries.start_date') }},
    deliveries.person_key

union all

select
    'voucher_redemption_rate' as indicator_id,
    'ALL' as item,
    'ALL' as area,
    timed.instance_id,
    {{ period_start('year', 'timed.issued_on') }} as period_start,
    timed.person_key,
    cast(sum(timed.redeemed) as decimal(24, 4)) as amount,
    cast(sum(timed.issued) as decimal(24, 4)) as weight
from {{ ref('int_voucher__timed') }} as timed
where timed.expires_on < (select as_of from {{ ref('int_calendar__as_of') }})
group by timed.instance_id, {{ period_start('year', 'timed.issued_on') }}, timed.person_key
