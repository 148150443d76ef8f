with missing as (

    select distinct instance_id, entity, record_id
    from {{ ref('int_reference__missing') }}

),

ledger as (

    select
        dated.*,
        exports.period_from,
        exports.created_on
    from {{ ref('int_ledger__dated') }} as dated
    inner join {{ ref('stg_export') }} as exports
        on dated.instance_id = exports.instance_id and dated.export_id = exports.export_id

),

deliveries as (

    select
        deliveries.instance_id,
        deliveries.record_id,
        row_number() over (
            partition by
                deliveries.instance_id, deliveries.person_key, deliveries.service_id, deliveries.provider_id,
                deliveries.start_date, deliveries.amount_total
            order by staged.updated_at, deliveries.record_id
        ) as rank_alike
    from {{ ref('fct_service_delivery') }} as deliveries
    inner join {{ ref('stg_service_delivery') }} as staged
        on deliveries.instance_id = staged.instance_id and deliveries.record_id = staged.record_id
    where deliveries.is_effective and deliveries.person_key is not null

),

vouchers as (

    select
        vouchers.instance_id,
        vouchers.record_id,
        vouchers.status,
        balances.issued,
        balances.redeemed,
        coalesce(balances.derived_status, 'ACTIVE') as derived_status
    from {{ ref('int_voucher__current') }} as vouchers
    left join {{ ref('int_voucher__balances') }} as balances
        on vouchers.instance_id = balances.instance_id and vouchers.record_id = balances.voucher_id
    where not vouchers.is_removed

),

allocated as (

    select
        instance_id,
        source_entity,
        source_id
    from {{ ref('fct_allocation') }}
    where is_effective and is_source_loaded
    group by instance_id, source_entity, source_id
    having sum(amount) > max(source_amount)

),

acts as (

    select
        grants.instance_id,
        grants.record_id
    from {{ ref('int_grant__current') }} as grants
    inner join {{ ref('int_organisation__current') }} as funders
        on grants.instance_id = funders.instance_id and grants.funder_id = funders.record_id
    where
        not grants.is_removed
        and funders.is_public_body
        and (grants.act_number is null or grants.act_date is null or grants.legal_basis is null or grants.office is null)

),

persons as (

    select
        keyed.instance_id,
        keyed.record_id,
        keyed.person_key,
        keyed.birth_year,
        keyed.sex,
        present.id_kind <> 'NONE' and present.id_pseudonym is null as has_placeholder
    from {{ ref('int_person__keyed') }} as keyed
    inner join {{ ref('int_person__current') }} as present
        on keyed.instance_id = present.instance_id and keyed.record_id = present.record_id
    where not keyed.is_removed

),

disagreeing as (

    select person_key
    from persons
    group by person_key
    having
        min(birth_year) <> max(birth_year)
        or min(case when sex in ('M', 'F') then sex end) <> max(case when sex in ('M', 'F') then sex end)

),

flags as (

    select instance_id, entity, record_id, 'reference_missing' as code
    from missing

    union all

    select instance_id, 'service_delivery' as entity, record_id, 'near_duplicate' as code
    from deliveries
    where rank_alike > 1

    union all

    select instance_id, entity, record_id, 'late' as code
    from ledger
    where own_date < {{ add_months('period_from', -12) }}

    union all

    select instance_id, entity, record_id, 'future_date' as code
    from ledger
    where own_date > created_on

    union all

    select instance_id, 'voucher' as entity, record_id, 'status_disagrees' as code
    from vouchers
    where status <> derived_status

    union all

    select instance_id, 'voucher' as entity, record_id, 'balance_exceeded' as code
    from vouchers
    where redeemed > issued

    union all

    select instance_id, source_entity as entity, source_id as record_id, 'over_allocated' as code
    from allocated

    union all

    select instance_id, 'grant' as entity, record_id, 'act_missing' as code
    from acts

    union all

    select instance_id, 'person' as entity, record_id, 'placeholder_identifier' as code
    from persons
    where has_placeholder

    union all

    -- The code is required: the door keeps none that is nobody's.
    select instance_id, 'organisation' as entity, record_id, 'placeholder_identifier' as code
    from {{ ref('int_organisation__current') }}
    where not is_removed and tax_code is null and tax_code_pseudonym is null

    union all

    select instance_id, 'person' as entity, record_id, 'identity_disagrees' as code
    from persons
    where person_key in (select person_key from disagreeing)

)

select * from flags
