with deliveries as (

    select
        deliveries.*,
        coalesce(territories.istat_comune_today, deliveries.istat_place) as istat_comune
    from {{ ref('fct_service_delivery') }} as deliveries
    left join {{ ref('dim_territory') }} as territories on deliveries.istat_place = territories.istat_comune

),

dated as (
    {%- for period_type in period_types() %}
    {{ 'union all' if not loop.first }}
    select '{{ period_type }}' as period_type, {{ period_start(period_type, 'start_date') }} as period_start, deliveries.*
    from deliveries
    {%- endfor %}
),

figures as (

    select
        istat_comune,
        period_type,
        period_start,
        {{ list_distinct('istat_place') }} as istat_places,
        cast(sum(amount_total) as decimal(24, 4)) as spend_delivered,
        cast(sum(amount_total - amount_user - amount_ssn) as decimal(24, 4)) as spend_net,
        cast(sum(case when is_effective then 1 else 0 end) as bigint) as deliveries,
        count(distinct case when is_effective then person_key end) as persons_served,
        count(distinct person_key) as n_persons
    from dated
    where period_start <= (select as_of from {{ ref('int_calendar__as_of') }})
    group by istat_comune, period_type, period_start

)

select
    figures.istat_comune,
    territories.comune_name,
    territories.province_code,
    territories.ats_id,
    territories.ats_name,
    territories.region_code,
    coalesce(territories.is_current, false) as is_current,
    figures.istat_places,
    figures.period_type,
    figures.period_start,
    figures.spend_delivered,
    figures.spend_net,
    figures.deliveries,
    figures.persons_served,
    figures.n_persons,
    territories.residents
from figures
left join {{ ref('dim_territory') }} as territories on figures.istat_comune = territories.istat_comune
