with plans as (

    select
        instance_id,
        record_id,
        {{ record_key('instance_id', 'record_id') }} as plan_key,
        cast(cast(year as varchar) || '-01-01' as date) as year_start,
        population
    from {{ ref('stg_corporate_plan') }}
    where not is_removed

),

spenders as (

    select
        plans.instance_id,
        plans.plan_key,
        plans.year_start,
        movements.person_key
    from plans
    inner join {{ ref('fct_plan_movement') }} as movements
        on plans.plan_key = movements.plan_key
        and plans.year_start = {{ period_start('year', 'movements.event_date') }}
    where movements.is_effective and movements.event_kind = 'SPEND' and movements.person_key is not null
    group by plans.instance_id, plans.plan_key, plans.year_start, movements.person_key

),

contributions as (

    select instance_id, plan_key, year_start, population, 0 as active, cast(null as varchar) as person_key
    from plans

    union all

    select instance_id, plan_key, year_start, 0 as population, 1 as active, person_key
    from spenders

)

{% call cube(relation='contributions', day='year_start', scopes=['network', 'instance', 'plan']) %}
    sum(active) as active,
    sum(population) as population,
    count(distinct person) as n_persons
{% endcall %}
