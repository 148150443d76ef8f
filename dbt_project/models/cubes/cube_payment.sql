with chain as (

    select * from {{ ref('int_organisation__chain') }}

),

payments as (

    select
        payments.instance_id,
        instances.region_code,
        instances.province_code,
        payments.payer_tax_code as funder_tax_code,
        payments.payee_tax_code as provider_tax_code,
        {{ affiliation_scopes() }},
        payments.payee_kind,
        payments.value_date,
        payments.person_key,
        payments.amount
    from {{ ref('fct_payment') }} as payments
    left join {{ ref('dim_instance') }} as instances on payments.instance_id = instances.instance_id
    left join chain on {{ on_chain_end('payments', 'organisation_id', 'value_date') }}

),

cells as (

    {% call cube(
        relation='payments',
        day='value_date',
        scopes=['network', 'region', 'province', 'instance', 'funder', 'provider', 'consortium', 'ats'],
        persons={'payees': 'true'},
    ) %}
        sum(amount) as paid,
        sum(case when payee_kind = 'PERSON' then 1 else 0 end) as payments_to_persons
    {% endcall %}

)

-- Where no person is paid there is nobody to protect.
select
    cells.*,
    case when payments_to_persons > 0 then payees end as n_persons
from cells
