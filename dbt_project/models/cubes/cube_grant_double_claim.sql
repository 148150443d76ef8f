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

    {% call cube(relation='by_grant', day='claimed_on', scopes=['grant']) %}
        sum(double_claimed) as double_claimed
    {% endcall %}

),

funder_cells as (

    {% call cube(relation='by_funder', day='claimed_on', scopes=['funder']) %}
        sum(double_claimed) as double_claimed
    {% endcall %}

),

network_cells as (

    {% call cube(relation='by_receipt', day='claimed_on', scopes=['network']) %}
        sum(double_claimed) as double_claimed
    {% endcall %}

)

select * from grant_cells
union all
select * from funder_cells
union all
select * from network_cells
