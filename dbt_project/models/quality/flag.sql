{#- The day of each entity whose rows are judged by it. -#}
{%- set own_dates = {
    'service_delivery': 'start_date',
    'voucher_event': 'event_on',
    'payment': 'value_date',
    'grant_line': 'entry_date',
    'plan_movement': 'event_date',
    'measurement': 'measured_on',
} -%}

with missing as (

    select distinct instance_id, entity, record_id
    from {{ ref('int_reference__missing') }}

),

dated as (
    {%- for entity, own_date in own_dates.items() %}
    {{ 'union all' if not loop.first }}
    select instance_id, export_id, '{{ entity }}' as entity, record_id, {{ own_date }} as own_date
    from {{ ref('stg_' ~ entity) }}
    {%- endfor %}
),

ledger as (

    select
        dated.*,
        exports.period_from,
        exports.created_on
    from dated
    inner join {{ ref('stg_export') }} as exports
        on dated.instance_id = exports.instance_id and dated.export_id = exports.export_id

),

alike as (

    select * from {{ ref('int_record__likeness') }}

),

last_days as (

    select instance_id, max(period_to) as last_day
    from {{ ref('stg_export') }}
    group by instance_id

),

vouchers as (

    select
        timed.instance_id,
        timed.record_id,
        timed.status,
        timed.expires_on,
        last_days.last_day,
        timed.issued,
        timed.redeemed,
        timed.lapsed_as_sent,
        coalesce(timed.derived_status, 'ACTIVE') as derived_status
    from {{ ref('contribution_voucher') }} as timed
    left join last_days on timed.instance_id = last_days.instance_id

),

after_end as (

    select
        events.instance_id,
        events.record_id
    from {{ ref('contribution_voucher_event') }} as events
    left join {{ ref('stg_voucher') }} as vouchers
        on events.instance_id = vouchers.instance_id and events.voucher_id = vouchers.record_id
    where
        events.is_effective
        and not events.is_end
        and (events.is_after_end or events.event_on > vouchers.expires_on)

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
    from {{ ref('stg_grant') }} as grants
    inner join {{ ref('stg_organisation') }} as funders
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
    inner join {{ ref('stg_person') }} as present
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

    select instance_id, entity, record_id, 'near_duplicate' as code
    from alike
    where is_told_again

    union all

    select instance_id, entity, record_id, 'told_elsewhere' as code
    from alike
    where is_told_elsewhere

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

    select instance_id, 'voucher_event' as entity, record_id, 'after_end' as code
    from after_end

    union all

    -- What the ends took is not what the other events leave.
    select instance_id, 'voucher' as entity, record_id, 'end_disagrees' as code
    from vouchers
    where derived_status in ('EXPIRED', 'CANCELLED') and lapsed_as_sent <> greatest(0, issued - redeemed)

    union all

    select instance_id, 'voucher' as entity, record_id, 'past_expiry' as code
    from vouchers
    where derived_status not in ('EXPIRED', 'CANCELLED') and expires_on < last_day and issued > redeemed

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

    -- The code is required: ingestion keeps none that is nobody's.
    select instance_id, 'organisation' as entity, record_id, 'placeholder_identifier' as code
    from {{ ref('stg_organisation') }}
    where not is_removed and tax_code is null and tax_code_pseudonym is null

    union all

    select instance_id, 'person' as entity, record_id, 'identity_disagrees' as code
    from persons
    where person_key in (select person_key from disagreeing)

)

select * from flags
