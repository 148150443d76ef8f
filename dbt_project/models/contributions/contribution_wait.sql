with calendar as (

    select * from {{ ref('int_calendar__as_of') }}

),

applications as (

    select * from {{ ref('contribution_application') }}

),

vouchers as (

    select * from {{ ref('contribution_voucher') }}

),

first_disbursements as (

    select
        grant_key,
        min(entry_date) as first_disbursed_on
    from {{ ref('fct_grant_line') }}
    where is_effective and line_type = 'DISBURSEMENT' and amount > 0
    group by grant_key

),

claims as (

    select * from {{ ref('fct_grant_line') }}
    where is_effective and line_type = 'EXPENSE_REPORTED'

),

admissions as (

    select
        instance_id,
        admits_id,
        min(entry_date) as first_admitted_on
    from {{ ref('fct_grant_line') }}
    where is_effective and line_type = 'EXPENSE_ADMITTED' and admits_id is not null
    group by instance_id, admits_id

),

spans as (

    select
        'decision' as wait_to,
        applications.instance_id,
        applications.call_key,
        cast(null as varchar) as scheme_key,
        cast(null as varchar) as funder_tax_code,
        applications.person_key,
        applications.submitted_on as cohort_day,
        applications.decidable_on as waiting_from,
        applications.decided_on as ended_on,
        case when applications.status = 'WITHDRAWN' then applications.updated_on else calendar.as_of end as censored_on
    from applications
    cross join calendar

    union all

    select
        'payment' as wait_to,
        applications.instance_id,
        applications.call_key,
        cast(null as varchar) as scheme_key,
        cast(null as varchar) as funder_tax_code,
        applications.person_key,
        applications.submitted_on as cohort_day,
        applications.submitted_on as waiting_from,
        applications.first_paid_on as ended_on,
        case
            when applications.status in ('REJECTED', 'WITHDRAWN', 'REVOKED')
                then coalesce(applications.decided_on, applications.updated_on)
            else calendar.as_of
        end as censored_on
    from applications
    cross join calendar
    where applications.call_kind in ('SUBSIDY', 'GRANT', 'VOUCHER')

    union all

    select
        'first_payment' as wait_to,
        cast(null as varchar) as instance_id,
        cast(null as varchar) as call_key,
        cast(null as varchar) as scheme_key,
        grants.funder_tax_code,
        cast(null as varchar) as person_key,
        grants.deliberated_on as cohort_day,
        grants.deliberated_on as waiting_from,
        first_disbursements.first_disbursed_on as ended_on,
        case when grants.status = 'REVOKED' then {{ rome_date('grants.updated_at') }} else calendar.as_of end as censored_on
    from {{ ref('contribution_grant') }} as grants
    cross join calendar
    left join first_disbursements on grants.grant_key = first_disbursements.grant_key

    union all

    select
        'admission' as wait_to,
        cast(null as varchar) as instance_id,
        cast(null as varchar) as call_key,
        cast(null as varchar) as scheme_key,
        claims.funder_tax_code,
        cast(null as varchar) as person_key,
        claims.entry_date as cohort_day,
        claims.entry_date as waiting_from,
        admissions.first_admitted_on as ended_on,
        calendar.as_of as censored_on
    from claims
    cross join calendar
    left join admissions on claims.instance_id = admissions.instance_id and claims.record_id = admissions.admits_id

    union all

    select
        'first_use' as wait_to,
        vouchers.instance_id,
        cast(null as varchar) as call_key,
        vouchers.scheme_key,
        cast(null as varchar) as funder_tax_code,
        vouchers.person_key,
        vouchers.issued_on as cohort_day,
        vouchers.issued_on as waiting_from,
        vouchers.first_used_on as ended_on,
        least(vouchers.expires_on, vouchers.cancelled_on, calendar.as_of) as censored_on
    from vouchers
    cross join calendar

),

timed as (

    select
        wait_to,
        instance_id,
        call_key,
        scheme_key,
        funder_tax_code,
        person_key,
        cohort_day,
        greatest(0, {{ days_from('waiting_from', 'coalesce(ended_on, censored_on)') }}) as wait_days,
        ended_on is not null as is_event
    from spans

),

-- Whose waits are known with the requests.
requests as (

    select
        'assessment' as wait_to,
        instance_id,
        region_code,
        province_code,
        social_point_key,
        need_area,
        person_key,
        received_on,
        days_to_assessment as wait_days,
        is_assessed as is_event
    from {{ ref('contribution_request') }}

    union all

    select
        'service' as wait_to,
        instance_id,
        region_code,
        province_code,
        cast(null as varchar) as social_point_key,
        need_area,
        person_key,
        received_on,
        days_to_service as wait_days,
        is_served as is_event
    from {{ ref('contribution_request') }}

),

served_requests as (

    select * from requests
    where wait_to = 'service'

),

grouped as (

    {{ by_population_group('served_requests', 'received_on') }}

)

select
    wait_to,
    'ALL' as population_group,
    instance_id,
    cast(null as varchar) as region_code,
    cast(null as varchar) as province_code,
    cast(null as varchar) as social_point_key,
    call_key,
    scheme_key,
    funder_tax_code,
    cast(null as varchar) as need_area,
    person_key,
    cohort_day,
    wait_days,
    is_event
from timed

union all

select
    wait_to,
    'ALL' as population_group,
    instance_id,
    region_code,
    province_code,
    social_point_key,
    null as call_key,
    null as scheme_key,
    null as funder_tax_code,
    need_area,
    person_key,
    received_on as cohort_day,
    wait_days,
    is_event
from requests

union all

select
    wait_to,
    population_group,
    {{ scopes_of_groups(['instance_id', 'region_code', 'province_code']) }},
    null as social_point_key,
    null as call_key,
    null as scheme_key,
    null as funder_tax_code,
    null as need_area,
    person_key,
    received_on as cohort_day,
    wait_days,
    is_event
from grouped
