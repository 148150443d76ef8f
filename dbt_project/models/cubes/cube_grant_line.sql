with lines as (

    select
        lines.instance_id,
        lines.funder_tax_code,
        lines.grant_key,
        lines.entry_date,
        lines.line_type,
        lines.amount,
        expenses.record_id is not null as is_checked,
        expenses.is_without_receipt,
        expenses.is_before_start or expenses.is_after_end as is_out_of_window
    from {{ ref('fct_grant_line') }} as lines
    left join {{ ref('int_grant__expenses') }} as expenses
        on lines.instance_id = expenses.instance_id and lines.record_id = expenses.record_id

)

{% call cube(relation='lines', day='entry_date', scopes=['network', 'instance', 'funder', 'grant']) %}
    sum(case when line_type = 'DISBURSEMENT' then amount else 0 end) as disbursed,
    sum(case when line_type = 'DISBURSEMENT' then 1 else 0 end) as disbursed_rows,
    sum(case when line_type = 'EXPENSE_REPORTED' then amount else 0 end) as reported,
    sum(case when line_type = 'EXPENSE_REPORTED' then 1 else 0 end) as reported_rows,
    sum(case when line_type = 'EXPENSE_ADMITTED' then amount else 0 end) as admitted,
    sum(case when line_type = 'EXPENSE_ADMITTED' then 1 else 0 end) as admitted_rows,
    sum(case when is_checked then amount else 0 end) as claimed,
    sum(case when is_checked then 1 else 0 end) as claimed_rows,
    sum(case when is_without_receipt then amount else 0 end) as without_receipt,
    sum(case when is_out_of_window then amount else 0 end) as out_of_window,
    sum(case when is_out_of_window then 1 else 0 end) as out_of_window_rows
{% endcall %}
