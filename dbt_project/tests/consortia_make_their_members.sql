-- A consortium counted as one is the sum of its members, to the cent.
with members as (

    select
        consortium_tax_code,
        period_type,
        period_start,
        sum(spend_delivered) as spend_delivered,
        sum(deliveries) as deliveries
    from {{ ref('consortium_overview') }}
    group by consortium_tax_code, period_type, period_start

),

consortia as (

    select
        scope_id,
        period_type,
        period_start,
        sum(case when indicator_id = 'spend_delivered' then numerator else 0 end) as spend_delivered,
        sum(case when indicator_id = 'deliveries' then numerator else 0 end) as deliveries
    from {{ ref('indicator_value') }}
    where
        scope_type = 'consortium'
        and item = 'ALL'
        and area = 'ALL'
        and population_group = 'ALL'
        and indicator_id in ('spend_delivered', 'deliveries')
    group by scope_id, period_type, period_start

)

select
    coalesce(members.consortium_tax_code, consortia.scope_id) as tax_code,
    coalesce(members.period_start, consortia.period_start) as period_start
from members
full join consortia
    on members.consortium_tax_code = consortia.scope_id
    and members.period_type = consortia.period_type
    and members.period_start = consortia.period_start
where
    coalesce(members.spend_delivered, 0) <> coalesce(consortia.spend_delivered, 0)
    or coalesce(members.deliveries, 0) <> coalesce(consortia.deliveries, 0)
