with organisations as (

    select * from {{ ref('stg_organisation') }}

),

supports as (

    select instance_id, start_date as supported_on, person_key, 'PUB' as pillar
    from {{ ref('fct_service_delivery') }}
    where is_effective and (amount_municipality > 0 or amount_ssn > 0)

    union all

    select payments.instance_id, payments.value_date as supported_on, payments.person_key, 'PUB' as pillar
    from {{ ref('fct_payment') }} as payments
    inner join organisations
        on payments.instance_id = organisations.instance_id and payments.payer_id = organisations.record_id
    where payments.is_effective and payments.reason = 'SUBSIDY' and organisations.is_public_body

    union all

    select timed.instance_id, timed.issued_on as supported_on, timed.person_key, 'PUB' as pillar
    from {{ ref('int_voucher__timed') }} as timed
    inner join {{ ref('stg_voucher') }} as vouchers
        on timed.instance_id = vouchers.instance_id and timed.record_id = vouchers.record_id
    inner join organisations
        on vouchers.instance_id = organisations.instance_id and vouchers.issuer_id = organisations.record_id
    where organisations.is_public_body

    union all

    select allocations.instance_id, allocations.source_date as supported_on, allocations.person_key, 'PHI' as pillar
    from {{ ref('fct_allocation') }} as allocations
    inner join organisations
        on allocations.instance_id = organisations.instance_id and allocations.funder_id = organisations.record_id
    where allocations.is_effective and allocations.is_source_loaded and organisations.kind = 'FOUNDATION'

    union all

    select instance_id, event_date as supported_on, person_key, 'CORP' as pillar
    from {{ ref('fct_plan_movement') }}
    where is_effective and event_kind = 'SPEND'

)

select distinct
    instance_id,
    {{ period_start('year', 'supported_on') }} as year_start,
    person_key,
    pillar
from supports
where
    person_key is not null
    and {{ period_start('year', 'supported_on') }} <= (select as_of from {{ ref('int_calendar__as_of') }})
