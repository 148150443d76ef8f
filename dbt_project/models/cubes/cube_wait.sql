-- The persons behind a wait of requests are those of the requests themselves.
with others as (

    select * from {{ ref('contribution_wait') }}
    where wait_to not in ('assessment', 'service')

),

cohorts as (

    {% call cube(
        relation='others',
        day='cohort_day',
        extra_keys={'wait_to': 'wait_to', 'population_group': 'population_group'},
        scopes=['network', 'instance', 'call', 'scheme', 'funder'],
        persons={'n_persons': 'true'},
    ) %}
    {% endcall %}

),

persons as (

    select wait_to, population_group, scope_type, scope_id, area, period_type, period_start, n_persons
    from cohorts

    union all

    select 'assessment' as wait_to, population_group, scope_type, scope_id, area, period_type, period_start, n_persons
    from {{ ref('cube_request') }}
    where part = 'all'

    union all

    select 'service' as wait_to, population_group, scope_type, scope_id, area, period_type, period_start, n_persons
    from {{ ref('cube_request') }}
    where part <> 'reason'

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
    persons.n_persons
from percentiles
inner join persons
    on percentiles.wait_to = persons.wait_to
    and percentiles.population_group = persons.population_group
    and percentiles.scope_type = persons.scope_type
    and percentiles.scope_id = persons.scope_id
    and percentiles.area = persons.area
    and percentiles.period_type = persons.period_type
    and percentiles.period_start = persons.period_start
