{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

with deliveries as (

    select
        placed.instance_id,
        placed.region_code,
        placed.province_code,
        placed.start_date,
        placed.person_key,
        placed.amount_total,
        placed.is_effective,
        placed.macro_area,
        codes.leps_code
    from {{ ref('int_delivery__placed') }} as placed
    left join {{ ref('dim_service') }} as services on placed.service_key = services.service_key
    left join {{ ref('int_leps__codes') }} as codes on services.leps_code = codes.leps_code

),

items as (

    select deliveries.*, 'leps' as item_kind, leps_code as item
    from deliveries
    where leps_code is not null

    union all

    select deliveries.*, 'macro_area' as item_kind, macro_area as item
    from deliveries
    where macro_area is not null

)

{% call cube(
    relation='items',
    day='start_date',
    extra_keys={'item_kind': 'item_kind', 'item': 'item'},
    scopes=['network', 'region', 'province', 'instance'],
) %}
    sum(amount_total) as amount_total,
    sum(case when is_effective then 1 else 0 end) as deliveries,
    count(distinct person) as n_persons
{% endcall %}
