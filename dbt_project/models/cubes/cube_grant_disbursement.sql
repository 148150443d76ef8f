with ledger as (

    select * from {{ ref('int_grant__ledger') }}
    where line_type in ('DELIBERATED', 'SAVING', 'REVOCATION', 'DISBURSEMENT')

)

select * from (
{% call running_cube(relation='ledger', day='ledger_date', scopes=['network', 'instance', 'funder', 'grant']) %}
    case when line_type = 'DELIBERATED' then amount when line_type in ('SAVING', 'REVOCATION') then -amount else 0 end as available,
    case when line_type = 'DISBURSEMENT' then amount else 0 end as disbursed
{% endcall %}
) as cumulated
