{% call cube(relation=ref('fct_grant_line'), day='entry_date', scopes=['network', 'instance', 'funder', 'grant']) %}
    sum(case when line_type = 'DISBURSEMENT' then amount else 0 end) as disbursed,
    sum(case when line_type = 'DISBURSEMENT' then 1 else 0 end) as disbursed_rows,
    sum(case when line_type = 'EXPENSE_REPORTED' then amount else 0 end) as reported,
    sum(case when line_type = 'EXPENSE_REPORTED' then 1 else 0 end) as reported_rows,
    sum(case when line_type = 'EXPENSE_ADMITTED' then amount else 0 end) as admitted,
    sum(case when line_type = 'EXPENSE_ADMITTED' then 1 else 0 end) as admitted_rows
{% endcall %}
