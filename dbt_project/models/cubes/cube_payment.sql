{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

with payments as (

    select
        payments.instance_id,
        payments.payer_tax_code,
        payments.payee_tax_code,
        payments.payee_kind,
        payments.value_date,
        payments.person_key,
        payments.amount,
        instances.region_code,
        instances.province_code
    from {{ ref('fct_payment') }} as payments
    left join {{ ref('dim_instance') }} as instances on payments.instance_id = instances.instance_id

)

{% call cube(
    relation='payments',
    day='value_date',
    scopes={
        'network': "'network'",
        'region': 'region_code',
        'province': 'province_code',
        'instance': 'instance_id',
        'funder': 'payer_tax_code',
        'provider': 'payee_tax_code',
    },
) %}
    sum(amount) as paid,
    case when max(case when payee_kind = 'PERSON' then 1 else 0 end) = 1 then count(distinct person) end as n_persons,
    count(*) as n_rows
{% endcall %}
