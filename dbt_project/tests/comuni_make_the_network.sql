-- By the comuni of the day and by those of today the network comes to the same, to the cent.
with by_day as (

    select
        period_type,
        period_start,
        sum(case when indicator_id = 'spend_delivered' then numerator else 0 end) as spend_delivered,
        sum(case when indicator_id = 'deliveries' then numerator else 0 end) as deliveries
    from {{ ref('indicator_value') }}
    where
        scope_type = 'comune'
        and area = 'ALL'
        and population_group = 'ALL'
        and indicator_id in ('spend_delivered', 'deliveries')
    group by period_type, period_start

),

by_today as (

    select
        period_type,
        period_start,
        sum(spend_delivered) as spend_delivered,
        sum(deliveries) as deliveries
    from {{ ref('comune_overview') }}
    group by period_type, period_start

),

network as (

    select
        period_type,
        period_start,
        sum(case when indicator_id = 'spend_delivered' then numerator else 0 end) as spend_delivered,
        sum(case when indicator_id = 'deliveries' then numerator else 0 end) as deliveries
    from {{ ref('indicator_value') }}
    where
        scope_type = 'network'
        and item = 'ALL'
        and area = 'ALL'
        and population_group = 'ALL'
        and status = 'ok'
        and indicator_id in ('spend_delivered', 'deliveries')
    group by period_type, period_start

)

select
    network.period_type,
    network.period_start
from network
left join by_day on network.period_type = by_day.period_type and network.period_start = by_day.period_start
left join by_today on network.period_type = by_today.period_type and network.period_start = by_today.period_start
where
    coalesce(by_day.spend_delivered, 0) <> network.spend_delivered
    or coalesce(by_today.spend_delivered, 0) <> network.spend_delivered
    or coalesce(by_day.deliveries, 0) <> network.deliveries
    or coalesce(by_today.deliveries, 0) <> network.deliveries
