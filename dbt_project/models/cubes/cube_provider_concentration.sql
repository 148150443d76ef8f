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

),

totals as (

    select
        amounts.*,
        sum(amount_total) over (partition by scope_type, scope_id, area, period_start) as scope_total
    from amounts

)

select
    scope_type,
    scope_id,
    area,
    'year' as period_type,
    period_start,
    -- The squares are added as decimals: a sum of doubles would depend on the order of the rows.
    10000 * cast(sum(cast(amount_total as decimal(18, 2)) * cast(amount_total as decimal(18, 2))) as double)
    / nullif(power(cast(max(scope_total) as double), 2), 0) as concentration,
    count(*) as n_providers
from totals
group by scope_type, scope_id, area, period_start
