with payments as (

    {{ effective_rows('payment') }}

),

persons as (

    select * from {{ ref('int_person__keyed') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    payments.instance_id,
    payments.record_id,
    payments.payer_id,
    payer.tax_code as payer_tax_code,
    payments.payee_kind,
    {{ fact_person_key('payments', 'persons') }} as person_key,
    payments.organisation_id,
    payee.tax_code as payee_tax_code,
    payments.reason,
    payments.application_id,
    payments.grant_id,
    payments.order_date,
    payments.value_date,
    payments.amount,
    payments.spending_type,
    payments.cup,
    payments.cig,
    payments.reverses_id,
    payments.is_effective,
    payments.export_id,
    payments.file,
    payments.line
from payments
left join persons on payments.instance_id = persons.instance_id and payments.person_id = persons.record_id
left join organisations as payer
    on payments.instance_id = payer.instance_id and payments.payer_id = payer.record_id
left join organisations as payee
    on payments.instance_id = payee.instance_id and payments.organisation_id = payee.record_id
