with events as (

    {{ effective_rows('voucher_event') }}

),

resolved as (

    select
        events.*,
        coalesce(undone.event, events.event) as event_kind,
        coalesce(undone.voucher_id, events.voucher_id) as resolved_voucher_id,
        coalesce(undone.merchant_id, events.merchant_id) as resolved_merchant_id,
        coalesce(undone.service_delivery_id, events.service_delivery_id) as resolved_service_delivery_id,
        case when events.reverses_id is null then events.amount else -events.amount end as signed_amount
    from events
    left join {{ ref('stg_voucher_event') }} as undone
        on events.instance_id = undone.instance_id and events.reverses_id = undone.record_id

),

vouchers as (

    select * from {{ ref('stg_voucher') }}

),

persons as (

    select * from {{ ref('int_person__keyed') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

),

deliveries as (

    select * from {{ ref('fct_service_delivery') }}

)

select
    resolved.instance_id,
    resolved.record_id,
    resolved.resolved_voucher_id as voucher_id,
    vouchers.scheme,
    case
        when vouchers.scheme is not null then {{ record_key('resolved.instance_id', 'vouchers.scheme') }}
    end as scheme_key,
    {{ fact_person_key('vouchers', 'persons') }} as person_key,
    resolved.event,
    resolved.event_kind,
    resolved.event_at,
    resolved.event_on,
    resolved.amount,
    cast(resolved.signed_amount as decimal(18, 2)) as signed_amount,
    resolved.resolved_merchant_id as merchant_id,
    organisations.tax_code as merchant_tax_code,
    resolved.resolved_service_delivery_id as service_delivery_id,
    deliveries.istat_area,
    resolved.reverses_id,
    resolved.is_effective,
    resolved.export_id,
    resolved.file,
    resolved.line
from resolved
left join vouchers on resolved.instance_id = vouchers.instance_id and resolved.resolved_voucher_id = vouchers.record_id
left join persons on vouchers.instance_id = persons.instance_id and vouchers.person_id = persons.record_id
left join organisations
    on resolved.instance_id = organisations.instance_id and resolved.resolved_merchant_id = organisations.record_id
left join deliveries
    on resolved.instance_id = deliveries.instance_id
    and resolved.resolved_service_delivery_id = deliveries.record_id
