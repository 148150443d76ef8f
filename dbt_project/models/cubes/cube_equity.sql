-- The rates that are compared, by group: successes of trials, per scope and year.
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

by_group as (

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
    from {{ ref('cube_request') }}
    where period_type = 'year' and part = 'group' and decided > 0

    union all

    select
        'unmet_share' as rate, scope_type, scope_id, period_start, population_group,
        unmet as successes, met_or_unmet as trials, met_or_unmet_persons as n_persons
    from {{ ref('cube_request') }}
    where period_type = 'year' and part = 'group' and met_or_unmet > 0

    union all

    select
        'outcome_improved' as rate, scope_type, scope_id, period_start, population_group,
        improved as successes, pairs as trials, n_persons
    from {{ ref('cube_outcome') }}
    where period_type = 'year' and part = 'pairs' and population_group <> 'ALL'

),

rates as (

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
    from by_group

),

compared as (

    select
        rates.*,
        sum(successes) over (partition by rate, scope_type, scope_id, period_start, group_kind) - successes as rest_successes,
        sum(trials) over (partition by rate, scope_type, scope_id, period_start, group_kind) - trials as rest_trials
    from rates

),

limits as (

    select
        compared.*,
        successes / nullif(trials, 0e0) as share,
        rest_successes / nullif(rest_trials, 0e0) as rest_share,
        {{ wilson_limit('successes', 'trials', 'low') }} as low,
        {{ wilson_limit('successes', 'trials', 'high') }} as high,
        {{ wilson_limit('rest_successes', 'rest_trials', 'low') }} as rest_low,
        {{ wilson_limit('rest_successes', 'rest_trials', 'high') }} as rest_high
    from compared

)

select
    scope_type,
    scope_id,
    'ALL' as area,
    rate || ':' || population_group as item,
    'year' as period_type,
    period_start,
    n_persons,
    100 * (share - rest_share) as gap,
    100 * (share - rest_share - sqrt(power(share - low, 2) + power(rest_high - rest_share, 2))) as gap_low,
    100 * (share - rest_share + sqrt(power(high - share, 2) + power(rest_share - rest_low, 2))) as gap_high
from limits
