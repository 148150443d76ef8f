with deliveries as (

    select
        deliveries.instance_id,
        deliveries.provider_tax_code,
        deliveries.start_date,
        deliveries.person_key,
        deliveries.is_effective,
        deliveries.amount_total,
        deliveries.quantity,
        services.nomenclatore_code,
        services.macro_area,
        services.unit
    from {{ ref('fct_service_delivery') }} as deliveries
    inner join {{ ref('dim_service') }} as services on deliveries.service_key = services.service_key
    where services.unit not in ('EUR', 'ITEM')

),

items as (

    select deliveries.*, 'code' as item_kind, nomenclatore_code || ':' || unit as item
    from deliveries
    where nomenclatore_code is not null

    union all

    select deliveries.*, 'macro_area' as item_kind, macro_area || ':' || unit as item
    from deliveries

),

cells_by_item as (

    {% call cube(
        relation='items',
        day='start_date',
        extra_keys={'item_kind': 'item_kind', 'item': 'item'},
        periods=['year'],
        scopes=['network', 'instance', 'provider'],
        persons={'persons_served': 'is_effective', 'n_persons': 'true'},
    ) %}
        sum(amount_total) as amount_total,
        sum(quantity) as quantity
    {% endcall %}

),

-- A code may have the name of a macro-area: then the cell of the code stands.
ranked as (

    select
        cells_by_item.*,
        row_number() over (
            partition by scope_type, scope_id, item, area, period_type, period_start order by item_kind
        ) as rank_kind
    from cells_by_item

)

select
    scope_type,
    scope_id,
    area,
    item_kind,
    item,
    period_type,
    period_start,
    amount_total,
    quantity,
    persons_served,
    n_persons
from ranked
where rank_kind = 1
