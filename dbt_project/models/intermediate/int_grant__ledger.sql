with grants as (

    select * from {{ ref('int_grant__funded') }}

),

lines as (

    select * from {{ ref('fct_grant_line') }}

)

select
    instance_id,
    funder_tax_code,
    grant_key,
    deliberated_on as ledger_date,
    'DELIBERATED' as line_type,
    amount_deliberated as amount
from grants

union all

select
    instance_id,
    funder_tax_code,
    grant_key,
    entry_date as ledger_date,
    line_type,
    amount
from lines
