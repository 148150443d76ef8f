with applications as (

    select * from {{ ref('fct_application') }}
    where is_effective

),

calls as (

    select * from {{ ref('stg_call') }}

),

payments as (

    select
        instance_id,
        application_id,
        min(value_date) as first_paid_on,
        sum(amount) as amount_paid
    from {{ ref('fct_payment') }}
    where is_effective and amount > 0 and application_id is not null
    group by instance_id, application_id

),

issues as (

    select
        timed.instance_id,
        timed.call_id,
        timed.application_id,
        timed.person_key,
        timed.first_issued_on,
        timed.issued
    from {{ ref('contribution_voucher') }} as timed
    where timed.first_issued_on is not null

),

issues_by_application as (

    select
        instance_id,
        application_id,
        min(first_issued_on) as first_issued_on,
        sum(issued) as issued
    from issues
    where application_id is not null
    group by instance_id, application_id

),

-- A voucher that names no application belongs to the person's application to the same call.
issues_by_person as (

    select
        instance_id,
        call_id,
        person_key,
        min(first_issued_on) as first_issued_on,
        sum(issued) as issued
    from issues
    where application_id is null and call_id is not null and person_key is not null
    group by instance_id, call_id, person_key

),

timed as (

    select
        applications.instance_id,
        applications.record_id,
        applications.call_key,
        calls.kind as call_kind,
        calls.decision_days,
        applications.person_key,
        applications.applicant_kind,
        applications.status,
        applications.reject_reason,
        applications.submitted_on,
        -- A call decides after it has closed.
        greatest(applications.submitted_on, coalesce(calls.closes_on, applications.submitted_on)) as decidable_on,
        applications.decided_on,
        applications.concession_date,
        applications.amount_requested,
        applications.amount_granted,
        {{ rome_date('applications.updated_at') }} as updated_on,
        case
            when calls.kind = 'VOUCHER'
                then coalesce(issues_by_application.first_issued_on, issues_by_person.first_issued_on)
            else payments.first_paid_on
        end as first_paid_on,
        case
            when calls.kind = 'VOUCHER' then coalesce(issues_by_application.issued, issues_by_person.issued)
            else payments.amount_paid
        end as amount_paid
    from applications
    left join calls on applications.instance_id = calls.instance_id and applications.call_id = calls.record_id
    left join payments
        on applications.instance_id = payments.instance_id and applications.record_id = payments.application_id
    left join issues_by_application
        on applications.instance_id = issues_by_application.instance_id
        and applications.record_id = issues_by_application.application_id
    left join issues_by_person
        on applications.instance_id = issues_by_person.instance_id
        and applications.call_id = issues_by_person.call_id
        and applications.person_key = issues_by_person.person_key

)

select
    timed.*,
    first_paid_on is not null as is_paid,
    first_paid_on is not null or status in ('FUNDED', 'REVOKED') or concession_date is not null as reached_funded,
    first_paid_on is not null or status in ('ADMITTED', 'FUNDED', 'WAITLIST', 'REVOKED')
    or concession_date is not null as reached_admitted,
    {{ days_between('submitted_on', 'decided_on') }} as days_to_admitted,
    {{ days_between('decided_on', 'concession_date') }} as days_to_funded,
    {{ days_between('concession_date', 'first_paid_on') }} as days_to_paid
from timed
