with ledger as (

    select * from {{ ref('int_grant__ledger') }}
    where line_type in ('EXPENSE_REPORTED', 'EXPENSE_ADMITTED')

)

select * from (
{% call running_cube(relation='ledger', day='ledger_date', scopes=['network', 'instance', 'funder', 'grant']) %}
    case when line_type = 'EXPENSE_REPORTED' then amount else 0 end as reported,
    case when line_type = 'EXPENSE_ADMITTED' then amount else 0 end as admitted
{% endcall %}
) as cumulated
