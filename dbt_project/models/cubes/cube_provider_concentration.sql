with amounts as (

    select
        scope_type,
        scope_id,
        provider_key,
        area,
        period_start,
        amount_total
    from (
        {% call cube(
            relation=ref('fct_service_delivery'),
            day='start_date',
            area='istat_area',
            extra_keys={'provider_key': 'provider_key'},
            periods=['year'],
            scopes=['network', 'instance'],
        ) %}
            sum(amount_total) as amount_total
        {% endcall %}
    ) as by_provider

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
