-- The rates that equity_gap compares, by group: successes of trials, per scope and year.
with reached as (

    select scope_type, scope_id, year_start, sex as population_group, count(distinct person_key) as persons
    from {{ ref('int_person__reach') }}
    where sex in ('F', 'M')
    group by scope_type, scope_id, year_start, sex

    union all

    select scope_type, scope_id, year_start, age_band as population_group, count(distinct person_key) as persons
    from {{ ref('int_person__reach') }}
    where age_band <> 'unknown'
    group by scope_type, scope_id, year_start, age_band

),

residents as (

    select scope_type, scope_id, sex as population_group, sum(residents) as residents
    from {{ ref('int_residents__by_group') }}
    group by scope_type, scope_id, sex

    union all

    select scope_type, scope_id, age_band as population_group, sum(residents) as residents
    from {{ ref('int_residents__by_group') }}
    group by scope_type, scope_id, age_band

),

years as (

    select distinct scope_type, scope_id, year_start
    from reached

),

rates as (

    -- A group of which nobody was reached has a rate of 0, not none.
    select
        'reach' as rate,
        residents.scope_type,
        residents.scope_id,
        years.year_start as period_start,
        residents.population_group,
        coalesce(reached.persons, 0) as successes,
        residents.residents as trials,
        coalesce(reached.persons, 0) as n_persons
    from residents
    inner join years on residents.scope_type = years.scope_type and residents.scope_id = years.scope_id
    left join reached
        on residents.scope_type = reached.scope_type
        and residents.scope_id = reached.scope_id
        and residents.population_group = reached.population_group
        and years.year_start = reached.year_start

    union all

    select
        'acceptance_rate' as rate, scope_type, scope_id, period_start, population_group,
        accepted as successes, decided as trials, decided_persons as n_persons
    from {{ ref('cube_request_group') }}
    where period_type = 'year' and decided > 0

    union all

    select
        'unmet_share' as rate, scope_type, scope_id, period_start, population_group,
        unmet as successes, met_or_unmet as trials, met_or_unmet_persons as n_persons
    from {{ ref('cube_request_group') }}
    where period_type = 'year' and met_or_unmet > 0

    union all

    select
        'outcome_improved' as rate, scope_type, scope_id, period_start, population_group,
        improved as successes, pairs as trials, n_persons
    from {{ ref('cube_outcome_group') }}
    where period_type = 'year'

)

select
    rate,
    scope_type,
    scope_id,
    period_start,
    population_group,
    {{ group_kind('population_group') }} as group_kind,
    cast(successes as double) as successes,
    cast(trials as double) as trials,
    n_persons
from rates
