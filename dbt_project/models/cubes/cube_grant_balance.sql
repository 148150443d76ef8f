-- What grants have had, spent and reached by the end of each period. Every line counts where its own ids put it, whether the
-- grant is known, still there, or already awarded on that day.
with contributions as (

    select
        'network' as network,
        instance_id,
        funder_tax_code,
        grant_key,
        deliberated_on as counted_on,
        'DELIBERATED' as line_type,
        amount_deliberated as amount,
        cast(null as varchar) as improved_person,
        cast(null as varchar) as person_key
    from {{ ref('contribution_grant') }}

    union all

    select
        'network' as network,
        instance_id,
        funder_tax_code,
        grant_key,
        entry_date as counted_on,
        line_type,
        amount,
        null as improved_person,
        null as person_key
    from {{ ref('fct_grant_line') }}

    union all

    select
        null as network,
        null as instance_id,
        null as funder_tax_code,
        grant_key,
        source_date as counted_on,
        'ATTRIBUTED' as line_type,
        amount,
        null as improved_person,
        person_key
    from {{ ref('contribution_allocation') }}

    union all

    select
        null as network,
        null as instance_id,
        null as funder_tax_code,
        grant_key,
        last_measured_on as counted_on,
        'IMPROVED' as line_type,
        0 as amount,
        person_key as improved_person,
        person_key
    from {{ ref('contribution_outcome') }}
    where is_paired and change > 0

),

balances as (

    select * from (
        {% call running_cube(
            relation='contributions',
            day='counted_on',
            scopes={'network': 'network', 'instance': 'instance_id', 'funder': 'funder_tax_code', 'grant': 'grant_key'},
            distinct={'persons_improved': 'improved_person', 'n_persons': 'person_key'},
        ) %}
            case when line_type = 'DELIBERATED' then amount when line_type in ('SAVING', 'REVOCATION') then -amount else 0 end as available,
            case when line_type in ('DELIBERATED', 'SAVING', 'REVOCATION', 'DISBURSEMENT') then 1 else 0 end as available_rows,
            case when line_type = 'DISBURSEMENT' then amount else 0 end as disbursed,
            case when line_type = 'EXPENSE_REPORTED' then amount else 0 end as reported,
            case when line_type = 'EXPENSE_ADMITTED' then amount else 0 end as admitted,
            case when line_type in ('EXPENSE_REPORTED', 'EXPENSE_ADMITTED') then 1 else 0 end as expense_rows,
            case when line_type = 'BUDGET' then amount when line_type in ('SAVING', 'REVOCATION') then -amount else 0 end as budget,
            case when line_type in ('BUDGET', 'SAVING', 'REVOCATION', 'EXPENSE_REPORTED') then 1 else 0 end as budget_rows,
            case when line_type = 'ATTRIBUTED' then amount else 0 end as attributed,
            case when line_type in ('ATTRIBUTED', 'IMPROVED') then 1 else 0 end as attributed_rows
        {% endcall %}
    ) as cumulated

),

shares as (

    select
        balances.*,
        states.grants,
        states.elapsed_days,
        states.planned_days,
        states.residual_at_risk,
        states.grants_at_work,
        states.at_work,
        states.at_work_measured,
        -- Savings beyond the budget lines leave nothing to measure against.
        case when balances.budget > 0 then cast(balances.reported as double) / cast(balances.budget as double) end as reported_share,
        cast(states.elapsed_days as double) / nullif(cast(states.planned_days as double), 0) as elapsed_share
    from balances
    left join {{ ref('int_grant__states') }} as states
        on balances.scope_type = states.scope_type
        and balances.scope_id = states.scope_id
        and balances.period_type = states.period_type
        and balances.period_start = states.period_start

)

select
    shares.*,
    reported_share - elapsed_share as schedule_gap
from shares
