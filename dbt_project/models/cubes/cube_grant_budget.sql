-- Every line counts where its own ids put it, whether the grant is known, still there, or already awarded on that day.
with lines as (

    select * from {{ ref('fct_grant_line') }}
    where line_type in ('EXPENSE_REPORTED', 'BUDGET', 'SAVING', 'REVOCATION')

),

budgets as (

    select * from (
        {% call running_cube(relation='lines', day='entry_date', scopes=['network', 'funder', 'grant']) %}
            case when line_type = 'EXPENSE_REPORTED' then amount else 0 end as reported,
            case line_type when 'BUDGET' then amount when 'EXPENSE_REPORTED' then 0 else -amount end as budget
        {% endcall %}
    ) as cumulated

),

shares as (

    select
        budgets.scope_type,
        budgets.scope_id,
        budgets.area,
        budgets.period_type,
        budgets.period_start,
        budgets.reported,
        budgets.budget,
        -- Savings beyond the budget lines leave nothing to measure against.
        case when budgets.budget > 0 then cast(budgets.reported as double) / cast(budgets.budget as double) end as reported_share,
        cast(plans.elapsed_days as double) / nullif(cast(plans.planned_days as double), 0) as elapsed_share
    from budgets
    left join {{ ref('cube_grant_plan') }} as plans
        on budgets.scope_type = plans.scope_type
        and budgets.scope_id = plans.scope_id
        and budgets.period_type = plans.period_type
        and budgets.period_start = plans.period_start

)

select
    shares.*,
    reported_share - elapsed_share as schedule_gap
from shares
