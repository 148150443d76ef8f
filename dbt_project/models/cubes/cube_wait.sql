with cohorts as (

    {% call cube(
        relation=ref('int_wait__spans'),
        day='cohort_day',
        area='need_area',
        extra_keys={'wait_to': 'wait_to', 'population_group': 'population_group'},
        scopes=['network', 'region', 'province', 'instance', 'social_point', 'call', 'scheme', 'funder'],
    ) %}
        count(distinct person) as n_persons
    {% endcall %}

),

percentiles as (

    select
        wait_to,
        population_group,
        scope_type,
        scope_id,
        area,
        period_type,
        period_start,
        -- The curve reaches a level within 1e-9: the product of fractions is not exact.
        min(case when survival <= 0.5 + 1e-9 then wait_days end) as days_p50,
        min(case when survival <= 0.1 + 1e-9 then wait_days end) as days_p90
    from {{ ref('curve_wait') }}
    group by wait_to, population_group, scope_type, scope_id, area, period_type, period_start

)

select
    percentiles.*,
    cohorts.n_persons
from percentiles
inner join cohorts
    on percentiles.wait_to = cohorts.wait_to
    and percentiles.population_group = cohorts.population_group
    and percentiles.scope_type = cohorts.scope_type
    and percentiles.scope_id = cohorts.scope_id
    and percentiles.area = cohorts.area
    and percentiles.period_type = cohorts.period_type
    and percentiles.period_start = cohorts.period_start
