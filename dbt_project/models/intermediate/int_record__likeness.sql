with organisations as (

    select
        instance_id,
        record_id,
        -- By a code it is the same body wherever it is told of; without one it is known in its instance only.
        coalesce(tax_code, tax_code_pseudonym, {{ record_key('instance_id', 'record_id') }}) as code
    from {{ ref('stg_organisation') }}

),

deliveries as (

    select
        deliveries.instance_id,
        'service_delivery' as entity,
        deliveries.record_id,
        staged.updated_at,
        {{ likeness(['deliveries.person_key', 'deliveries.service_id', 'deliveries.provider_id', 'deliveries.start_date',
            'deliveries.amount_total']) }} as within_key,
        {{ likeness(['deliveries.person_key', 'deliveries.macro_area', 'services.unit', "coalesce(providers.code, '')",
            'deliveries.start_date', 'deliveries.quantity', 'deliveries.amount_total']) }} as across_key
    from {{ ref('fct_service_delivery') }} as deliveries
    inner join {{ ref('stg_service_delivery') }} as staged
        on deliveries.instance_id = staged.instance_id and deliveries.record_id = staged.record_id
    left join {{ ref('stg_service') }} as services
        on deliveries.instance_id = services.instance_id and deliveries.service_id = services.record_id
    left join organisations as providers
        on deliveries.instance_id = providers.instance_id and deliveries.provider_id = providers.record_id
    where deliveries.is_effective

),

payments as (

    select
        payments.instance_id,
        'payment' as entity,
        payments.record_id,
        staged.updated_at,
        {{ likeness(['payers.code', 'coalesce(payments.person_key, payees.code)', 'payments.reason', 'payments.value_date',
            'payments.amount', "coalesce(payments.application_id, '')", "coalesce(payments.grant_id, '')",
            "coalesce(payments.cup, '')", "coalesce(payments.cig, '')"]) }} as within_key,
        {{ likeness(['payers.code', 'coalesce(payments.person_key, payees.code)', 'payments.reason', 'payments.value_date',
            'payments.amount', "coalesce(payments.cup, '')", "coalesce(payments.cig, '')"]) }} as across_key
    from {{ ref('fct_payment') }} as payments
    inner join {{ ref('stg_payment') }} as staged
        on payments.instance_id = staged.instance_id and payments.record_id = staged.record_id
    left join organisations as payers
        on payments.instance_id = payers.instance_id and payments.payer_id = payers.record_id
    left join organisations as payees
        on payments.instance_id = payees.instance_id and payments.organisation_id = payees.record_id
    where payments.is_effective

),

voucher_events as (

    select
        events.instance_id,
        'voucher_event' as entity,
        events.record_id,
        staged.updated_at,
        cast(null as varchar) as within_key,
        {{ likeness(['events.person_key', 'events.event', 'events.event_at', 'events.amount',
            "coalesce(merchants.code, '')"]) }} as across_key
    from {{ ref('fct_voucher_event') }} as events
    inner join {{ ref('stg_voucher_event') }} as staged
        on events.instance_id = staged.instance_id and events.record_id = staged.record_id
    left join organisations as merchants
        on events.instance_id = merchants.instance_id and events.merchant_id = merchants.record_id
    where events.is_effective

),

movements as (

    select
        movements.instance_id,
        'plan_movement' as entity,
        movements.record_id,
        staged.updated_at,
        cast(null as varchar) as within_key,
        {{ likeness(['movements.person_key', 'sponsors.code', 'movements.event', 'movements.event_date', 'movements.amount',
            "coalesce(providers.code, '')"]) }} as across_key
    from {{ ref('fct_plan_movement') }} as movements
    inner join {{ ref('stg_plan_movement') }} as staged
        on movements.instance_id = staged.instance_id and movements.record_id = staged.record_id
    left join {{ ref('stg_corporate_plan') }} as plans
        on movements.instance_id = plans.instance_id and movements.plan_id = plans.record_id
    left join organisations as sponsors
        on plans.instance_id = sponsors.instance_id and plans.sponsor_id = sponsors.record_id
    left join organisations as providers
        on movements.instance_id = providers.instance_id and movements.provider_id = providers.record_id
    where movements.is_effective

),

grants as (

    select
        grants.instance_id,
        'grant' as entity,
        grants.record_id,
        grants.updated_at,
        cast(null as varchar) as within_key,
        {{ likeness(['funders.code', 'leads.code', 'grants.deliberated_on', 'grants.amount_deliberated',
            comparable_text('grants.title')]) }} as across_key
    from {{ ref('stg_grant') }} as grants
    left join organisations as funders
        on grants.instance_id = funders.instance_id and grants.funder_id = funders.record_id
    left join organisations as leads
        on grants.instance_id = leads.instance_id and grants.lead_id = leads.record_id
    where not grants.is_removed

),

records as (

    select * from deliveries
    union all
    select * from payments
    union all
    select * from voucher_events
    union all
    select * from movements
    union all
    select * from grants

)

select
    instance_id,
    entity,
    record_id,
    within_key is not null and row_number() over (
        partition by entity, instance_id, within_key order by updated_at, record_id
    ) > 1 as is_told_again,
    across_key is not null and first_value(instance_id) over (
        partition by entity, across_key order by updated_at, instance_id, record_id
    ) <> instance_id as is_told_elsewhere
from records
