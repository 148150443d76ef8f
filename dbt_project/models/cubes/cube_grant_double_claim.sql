-- A receipt counts once in a scope, however many of its grants claim it.
with claims as (

    select * from {{ ref('int_grant__double_claims') }}

),

contributions as (

    select null as network, null as funder_tax_code, grant_key, receipt_key, claimed_on, double_claimed
    from claims

    union all

    select distinct null as network, funder_tax_code, null as grant_key, receipt_key, claimed_on, double_claimed
    from claims

    union all

    select distinct 'network' as network, null as funder_tax_code, null as grant_key, receipt_key, claimed_on, double_claimed
    from claims

)

{% call cube(
    relation='contributions',
    day='claimed_on',
    scopes={'network': 'network', 'funder': 'funder_tax_code', 'grant': 'grant_key'},
) %}
    sum(double_claimed) as double_claimed
{% endcall %}
