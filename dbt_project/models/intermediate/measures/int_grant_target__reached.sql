-- What each grant reached, day by day, in the measures that a target may name: sums of `amount`, or for the ratios
-- and scales sum(amount) / sum(weight).
with contributions as (

    select * from {{ ref('int_allocation__contributions') }}
    where grant_key is not null

),

pairs as (

    select * from {{ ref('int_measurement__pairs') }}
    where grant_key is not null

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
    last_measured_on as reached_on,
    cast(case when change > 0 then 1 else 0 end as decimal(24, 3)) as amount,
    cast(1 as bigint) as weight,
    person_key
from pairs
where is_paired

union all

select
    grant_key,
    'followup_rate' as measure,
    first_measured_on as reached_on,
    cast(case when is_paired then 1 else 0 end as decimal(24, 3)) as amount,
    cast(1 as bigint) as weight,
    person_key
from pairs

union all

select
    grant_key,
    outcome_indicator_key as measure,
    last_measured_on as reached_on,
    cast(last_value as decimal(24, 3)) as amount,
    cast(1 as bigint) as weight,
    person_key
from pairs
where is_paired
