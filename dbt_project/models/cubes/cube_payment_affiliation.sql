with payments as (

    select * from {{ ref('fct_payment') }}

),

chain as (

    select * from {{ ref('int_organisation__chain') }}

),

affiliated as (

    select
        payments.value_date,
        payments.amount,
        {{ affiliation_scopes() }}
    from payments
    inner join chain on {{ on_chain_end('payments', 'organisation_id', 'value_date') }}

)

{% call cube(relation='affiliated', day='value_date', scopes=['consortium', 'ats']) %}
    sum(amount) as paid
{% endcall %}
