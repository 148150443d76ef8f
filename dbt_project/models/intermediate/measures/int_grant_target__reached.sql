-- What each grant reached, day by day, in the measures that a target may name: sums of `amount`, or for the ratios
-- and scales sum(amount) / sum(weight). There a later measurement adds what it changes, so that the sums up to a day tell
-- what the pairs known on that day show.
with contributions as (

    select * from {{ ref('contribution_allocation') }}
    where grant_key is not null

),

pairs as (

    select * from {{ ref('contribution_outcome') }}
    where grant_key is not null

),

pair_values as (

    select
        pairs.grant_key,
        pairs.outcome_indicator_key,
        pairs.person_key,
        -- A pair is known when both its ends are.
        greatest(pairs.first_measured_on, followups.measured_on) as known_on,
        followups.value,
        followups.previous_value,
        case when pairs.direction = 'UP' then pairs.first_value else -pairs.first_value end as first_level,
        case when pairs.direction = 'UP' then followups.value else -followups.value end as level,
        case when pairs.direction = 'UP' then followups.previous_value else -followups.previous_value end as previous_level,
        case when followups.previous_value is null then 1 else 0 end as is_first
    from pairs
    inner join {{ ref('int_measurement__followups') }} as followups
        on pairs.outcome_indicator_key = followups.outcome_indicator_key
        and pairs.pair_grant = followups.pair_grant
        and pairs.person_key = followups.person_key

)

select
    grant_key,
    'persons_served' as measure,
    min(source_date) as reached_on,
    cast(1 as decimal(24, 3)) as amount,
    cast(null as bigint) as weight,
    person_key
from contributions
where effective_delivery_key is not null and person_key is not null
group by grant_key, person_key

union all

select
    grant_key,
    'deliveries' as measure,
    min(source_date) as reached_on,
    cast(1 as decimal(24, 3)) as amount,
    cast(null as bigint) as weight,
    max(person_key) as person_key
from contributions
where effective_delivery_key is not null
group by grant_key, effective_delivery_key

union all

select
    grant_key,
    'attributed' as measure,
    source_date as reached_on,
    cast(amount as decimal(24, 3)) as amount,
    cast(null as bigint) as weight,
    person_key
from contributions

union all

select
    grant_key,
    case line_type when 'DISBURSEMENT' then 'disbursed' when 'EXPENSE_REPORTED' then 'reported' else 'admitted' end as measure,
    entry_date as reached_on,
    cast(amount as decimal(24, 3)) as amount,
    cast(null as bigint) as weight,
    cast(null as varchar) as person_key
from {{ ref('fct_grant_line') }}
where line_type in ('DISBURSEMENT', 'EXPENSE_REPORTED', 'EXPENSE_ADMITTED')

union all

select
    grant_key,
    'outcome_improved' as measure,
    known_on as reached_on,
    cast(
        case when level > first_level then 1 else 0 end - case when previous_level > first_level then 1 else 0 end
        as decimal(24, 3)
    ) as amount,
    cast(is_first as bigint) as weight,
    person_key
from pair_values

union all

select
    grant_key,
    'followup_rate' as measure,
    first_measured_on as reached_on,
    cast(0 as decimal(24, 3)) as amount,
    cast(1 as bigint) as weight,
    person_key
from pairs

union all

select
    grant_key,
    'followup_rate' as measure,
    known_on as reached_on,
    cast(1 as decimal(24, 3)) as amount,
    cast(0 as bigint) as weight,
    person_key
from pair_values
where is_first = 1

union all

select
    grant_key,
    outcome_indicator_key as measure,
    known_on as reached_on,
    cast(value - coalesce(previous_value, 0) as decimal(24, 3)) as amount,
    cast(is_first as bigint) as weight,
    person_key
from pair_values
