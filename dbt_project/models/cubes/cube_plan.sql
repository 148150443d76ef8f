-- What moved in a period; what that comes to so far; and who spent anything of a plan in the plan's own year.
with movements as (

    select
        movements.*,
        coalesce(providers.kind in ('PROVIDER_COOP', 'CONSORTIUM', 'OTHER_ETS'), false) as is_social
    from {{ ref('fct_plan_movement') }} as movements
    left join {{ ref('stg_organisation') }} as providers
        on movements.instance_id = providers.instance_id and movements.provider_id = providers.record_id

),

spent_or_credited as (

    select * from movements
    where event_kind in ('CREDIT', 'SPEND')

),

plans as (

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
    inner join movements
        on plans.plan_key = movements.plan_key
        and plans.year_start = {{ period_start('year', 'movements.event_date') }}
    where movements.is_effective and movements.event_kind = 'SPEND' and movements.person_key is not null
    group by plans.instance_id, plans.plan_key, plans.year_start, movements.person_key

),

plan_years as (

    select instance_id, plan_key, year_start, population, 0 as active, cast(null as varchar) as person_key
    from plans

    union all

    select instance_id, plan_key, year_start, 0 as population, 1 as active, person_key
    from spenders

),

flows as (

    {% call cube(
        relation='movements',
        day='event_date',
        scopes=['network', 'instance', 'plan'],
        persons={
            'credit_persons': "event_kind = 'CREDIT'",
            'spend_persons': "event_kind = 'SPEND'",
            'expire_persons': "event_kind = 'EXPIRE'",
        },
    ) %}
        sum(case when event_kind = 'CREDIT' then signed_amount else 0 end) as credit,
        sum(case when event_kind = 'CREDIT' then 1 else 0 end) as credit_rows,
        sum(case when event_kind = 'SPEND' then signed_amount else 0 end) as spent,
        sum(case when event_kind = 'SPEND' and is_social then signed_amount else 0 end) as spent_social,
        sum(case when event_kind = 'SPEND' then 1 else 0 end) as spend_rows,
        sum(case when event_kind = 'EXPIRE' then signed_amount else 0 end) as expired,
        sum(case when event_kind = 'EXPIRE' then 1 else 0 end) as expire_rows
    {% endcall %}

),

so_far as (

    select * from (
        {% call running_cube(
            relation='spent_or_credited',
            day='event_date',
            scopes=['network', 'instance', 'plan'],
            distinct={'n_persons': 'person_key'},
        ) %}
            case when event_kind = 'SPEND' then signed_amount else 0 end as spent,
            case when event_kind = 'CREDIT' then signed_amount else 0 end as credit
        {% endcall %}
    ) as cumulated

),

year_of_plan as (

    {% call cube(
        relation='plan_years',
        day='year_start',
        scopes=['network', 'instance', 'plan'],
        persons={'n_persons': 'true'},
    ) %}
        sum(active) as active,
        sum(population) as population
    {% endcall %}

)

{{ parts_of_cube({
    'flows': ['credit', 'credit_rows', 'credit_persons', 'spent', 'spent_social', 'spend_rows', 'spend_persons', 'expired',
        'expire_rows', 'expire_persons'],
    'so_far': ['spent', 'credit', 'n_persons'],
    'year_of_plan': ['active', 'population', 'n_persons'],
}) }}
