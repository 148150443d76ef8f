with deliveries as (

    select
        deliveries.instance_id,
        deliveries.start_date,
        deliveries.istat_area,
        deliveries.amount_total,
        -- A member counts as its consortium; a provider without one stands alone.
        coalesce(deliveries.consortium_tax_code, deliveries.provider_key) as provider_code
    from {{ ref('int_delivery__sources') }} as deliveries

),

amounts as (

    {% call cube(
        relation='deliveries',
        day='start_date',
        area='istat_area',
        extra_keys={'provider_code': 'provider_code'},
        periods=['year'],
        scopes=['network', 'instance'],
    ) %}
        sum(amount_total) as amount_total
    {% endcall %}

)

select
    scope_type,
    scope_id,
    area,
    'year' as period_type,
    period_start,
    {{ herfindahl_index('amount_total') }} as concentration
from amounts
group by scope_type, scope_id, area, period_start
