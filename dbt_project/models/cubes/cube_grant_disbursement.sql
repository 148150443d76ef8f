with ledger as (

    select * from {{ ref('int_grant__ledger') }}
    where line_type in ('DELIBERATED', 'SAVING', 'REVOCATION', 'DISBURSEMENT')

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
        'available': "case when line_type = 'DELIBERATED' then amount when line_type in ('SAVING', 'REVOCATION') then -amount else 0 end",
        'disbursed': "case when line_type = 'DISBURSEMENT' then amount else 0 end",
    },
) }}
) as cumulated
