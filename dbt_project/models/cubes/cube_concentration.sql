-- Every provider for itself; and with the members of a consortium as one, a provider without one standing alone.
with deliveries as (

    select instance_id, start_date, istat_area, amount_total, 'ALL' as item, provider_key as body
    from {{ ref('contribution_delivery') }}

    union all

    select
        instance_id,
        start_date,
        istat_area,
        amount_total,
        'CONSORTIUM' as item,
        coalesce(consortium_tax_code, provider_key) as body
    from {{ ref('contribution_delivery') }}

),

amounts as (

    {% call cube(
        relation='deliveries',
        day='start_date',
        area='istat_area',
        extra_keys={'item': 'item', 'body': 'body'},
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
    item,
    'year' as period_type,
    period_start,
    {{ herfindahl_index('amount_total') }} as concentration
from amounts
group by scope_type, scope_id, area, item, period_start
