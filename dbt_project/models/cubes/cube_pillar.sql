{%- set combinations = {
    'PUB': [1, 0, 0], 'PHI': [0, 1, 0], 'CORP': [0, 0, 1], 'PUB+PHI': [1, 1, 0],
    'PUB+CORP': [1, 0, 1], 'PHI+CORP': [0, 1, 1], 'PUB+PHI+CORP': [1, 1, 1],
} -%}

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
    from {{ ref('contribution_voucher') }} as timed
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

),

supported as (

    select distinct
        instance_id,
        {{ period_start('year', 'supported_on') }} as year_start,
        person_key,
        pillar
    from supports
    where
        person_key is not null
        and {{ period_start('year', 'supported_on') }} <= (select as_of from {{ ref('int_calendar__as_of') }})

),

persons as (

    select
        'network' as scope_type,
        'network' as scope_id,
        year_start,
        person_key,
        max(case when pillar = 'PUB' then 1 else 0 end) as has_pub,
        max(case when pillar = 'PHI' then 1 else 0 end) as has_phi,
        max(case when pillar = 'CORP' then 1 else 0 end) as has_corp
    from supported
    group by year_start, person_key

    union all

    select
        'instance' as scope_type,
        instance_id as scope_id,
        year_start,
        person_key,
        max(case when pillar = 'PUB' then 1 else 0 end) as has_pub,
        max(case when pillar = 'PHI' then 1 else 0 end) as has_phi,
        max(case when pillar = 'CORP' then 1 else 0 end) as has_corp
    from supported
    group by instance_id, year_start, person_key

),

counted as (

    select
        scope_type,
        scope_id,
        year_start,
        count(*) as persons,
        sum(case when has_pub + has_phi + has_corp > 1 then 1 else 0 end) as persons_in_several
        {%- for item, has in combinations.items() %},
        sum(case when has_pub = {{ has.0 }} and has_phi = {{ has.1 }} and has_corp = {{ has.2 }} then 1 else 0 end) as persons_{{ loop.index }}
        {%- endfor %}
    from persons
    group by scope_type, scope_id, year_start

)
{% for item in combinations %}
{{ 'union all' if not loop.first }}
select
    scope_type,
    scope_id,
    'ALL' as area,
    '{{ item }}' as item,
    'year' as period_type,
    year_start as period_start,
    persons_{{ loop.index }} as persons_of_item,
    persons_in_several,
    persons
from counted
{%- endfor %}
