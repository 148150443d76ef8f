with lines as (

    select * from {{ ref('contribution_grant_line') }}

),

-- As in the cumulative figures of a grant: up to the end of the last month.
latest_month as (

    select max(next_start) as next_start
    from {{ ref('int_calendar__periods') }}
    where period_type = 'month'

)

select
    lines.grant_key,
    lines.instance_id,
    lines.funder_tax_code,
    lines.cost_category,
    cast(sum(case when lines.line_type = 'BUDGET' then lines.amount else 0 end) as decimal(24, 2)) as budget,
    cast(sum(case when lines.line_type = 'EXPENSE_REPORTED' then lines.amount else 0 end) as decimal(24, 2)) as reported,
    cast(sum(case when lines.line_type = 'EXPENSE_ADMITTED' then lines.amount else 0 end) as decimal(24, 2)) as admitted
from lines
inner join latest_month on lines.entry_date < latest_month.next_start
where lines.line_type in ('BUDGET', 'EXPENSE_REPORTED', 'EXPENSE_ADMITTED')
group by lines.grant_key, lines.instance_id, lines.funder_tax_code, lines.cost_category
