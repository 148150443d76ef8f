with of_providers as (

    {% call cube('cube_concentration', 'providers') %}
        sum(amount_total) as amount_total
    {% endcall %}

),

of_consortia as (

    {% call cube('cube_concentration', 'consortia') %}
        sum(amount_total) as amount_total
    {% endcall %}

),

amounts as (

    select * from of_providers

    union all

    select * from of_consortia

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
