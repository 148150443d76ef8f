{{ cells(
    relation=ref('fct_grant_line'),
    day='entry_date',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'funder': 'funder_tax_code',
        'grant': 'grant_key',
    },
    measures={
        'disbursed': "sum(case when line_type = 'DISBURSEMENT' then amount else 0 end)",
        'disbursed_rows': "sum(case when line_type = 'DISBURSEMENT' then 1 else 0 end)",
        'reported': "sum(case when line_type = 'EXPENSE_REPORTED' then amount else 0 end)",
        'reported_rows': "sum(case when line_type = 'EXPENSE_REPORTED' then 1 else 0 end)",
        'admitted': "sum(case when line_type = 'EXPENSE_ADMITTED' then amount else 0 end)",
        'admitted_rows': "sum(case when line_type = 'EXPENSE_ADMITTED' then 1 else 0 end)",
    },
) }}
