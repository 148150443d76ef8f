-- A receipt counts once in a scope, however many of its grants claim it.
with by_grant as (

    select * from {{ ref('int_grant__double_claims') }}

),

by_funder as (

    select distinct receipt_key, funder_tax_code, claimed_on, double_claimed
    from by_grant

),

by_receipt as (

    select distinct receipt_key, claimed_on, double_claimed
    from by_grant

),

grant_cells as (

    {{ cells(relation='by_grant', day='claimed_on', scopes={'grant': 'grant_key'}, measures={'double_claimed': 'sum(double_claimed)'}) }}

),

funder_cells as (

    {{ cells(relation='by_funder', day='claimed_on', scopes={'funder': 'funder_tax_code'}, measures={'double_claimed': 'sum(double_claimed)'}) }}

),

network_cells as (

    {{ cells(relation='by_receipt', day='claimed_on', scopes={'network': "'network'"}, measures={'double_claimed': 'sum(double_claimed)'}) }}

)

select * from grant_cells
union all
select * from funder_cells
union all
select * from network_cells
