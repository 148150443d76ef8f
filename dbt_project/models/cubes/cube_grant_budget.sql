-- Every line counts where its own ids put it, whether the grant is known, still there, or already awarded on that day.
with lines as (

    select * from {{ ref('fct_grant_line') }}
    where line_type in ('EXPENSE_REPORTED', 'BUDGET', 'SAVING', 'REVOCATION')

),

budgets as (

    select * from (
        {{ cumulative_cells(
            relation='lines',
            day='entry_date',
            scopes={'network': "'network'", 'funder': 'funder_tax_code', 'grant': 'grant_key'},
            measures={
                'reported': "case when line_type = 'EXPENSE_REPORTED' then amount else 0 end",
                'budget': "case line_type when 'BUDGET' then amount when 'EXPENSE_REPORTED' then 0 else -amount end",
            },
        ) }}
    ) as cumulated

)

select
    budgets.scope_type,
    budgets.scope_id,
    budgets.area,
    budgets.period_type,
    budgets.period_start,
    budgets.reported,
    budgets.budget,
    plans.elapsed_days,
    plans.planned_days
from budgets
left join {{ ref('cube_grant_plan') }} as plans
    on budgets.scope_type = plans.scope_type
    and budgets.scope_id = plans.scope_id
    and budgets.period_type = plans.period_type
    and budgets.period_start = plans.period_start
