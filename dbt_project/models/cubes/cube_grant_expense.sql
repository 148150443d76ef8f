with ledger as (

    select * from {{ ref('int_grant__ledger') }}
    where line_type in ('EXPENSE_REPORTED', 'EXPENSE_ADMITTED')

)

select * from (
{{ cumulative_cells(
    relation='ledger',
    day='ledger_date',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'funder': 'funder_tax_code',
        'grant': 'grant_key',
    },
    measures={
        'reported': "case when line_type = 'EXPENSE_REPORTED' then amount else 0 end",
        'admitted': "case when line_type = 'EXPENSE_ADMITTED' then amount else 0 end",
    },
) }}
) as cumulated
