with deliveries as (

    select
        deliveries.*,
        coalesce(territories.istat_comune_today, deliveries.istat_place) as istat_comune
    from {{ ref('fct_service_delivery') }} as deliveries
    left join {{ ref('dim_territory') }} as territories on deliveries.istat_place = territories.istat_comune

),

figures as (

    {% call cube(
        relation='deliveries',
        day='start_date',
        scopes={'comune': 'istat_comune'},
        persons={'persons_served': 'is_effective', 'n_persons': 'true'},
        not_additive={'istat_places': list_distinct('istat_place')},
    ) %}
        sum(amount_total) as spend_delivered,
        sum(amount_total - amount_user - amount_ssn) as spend_net,
        sum(case when is_effective then 1 else 0 end) as deliveries
    {% endcall %}

)

select
    figures.scope_id as istat_comune,
    territories.comune_name,
    territories.province_code,
    territories.ats_id,
    territories.ats_name,
    territories.region_code,
    coalesce(territories.is_current, false) as is_current,
    figures.istat_places,
    figures.period_type,
    figures.period_start,
    cast(figures.spend_delivered as decimal(24, 4)) as spend_delivered,
    cast(figures.spend_net as decimal(24, 4)) as spend_net,
    cast(figures.deliveries as bigint) as deliveries,
    figures.persons_served,
    figures.n_persons,
    territories.residents
from figures
left join {{ ref('dim_territory') }} as territories on figures.scope_id = territories.istat_comune
