with cohorts as (

    {% call cube(
        relation=ref('int_wait__spans'),
        day='cohort_day',
        extra_keys={'wait_to': 'wait_to'},
        scopes=['network', 'instance', 'call', 'scheme', 'funder'],
    ) %}
        count(distinct person) as n_persons
    {% endcall %}

),

percentiles as (

    select
        wait_to,
        scope_type,
        scope_id,
        area,
        period_type,
        period_start,
        -- The curve reaches a level within 1e-9: the product of fractions is not exact.
        min(case when survival <= 0.5 + 1e-9 then wait_days end) as days_p50,
        min(case when survival <= 0.1 + 1e-9 then wait_days end) as days_p90
    from {{ ref('curve_wait') }}
    group by wait_to, scope_type, scope_id, area, period_type, period_start

)

select
    percentiles.*,
    cohorts.n_persons
from percentiles
inner join cohorts
    on percentiles.wait_to = cohorts.wait_to
    and percentiles.scope_type = cohorts.scope_type
    and percentiles.scope_id = cohorts.scope_id
    and percentiles.area = cohorts.area
    and percentiles.period_type = cohorts.period_type
    and percentiles.period_start = cohorts.period_start
