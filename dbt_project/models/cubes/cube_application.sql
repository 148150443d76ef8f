-- What becomes of an application counts in the period in which it was sent; what was granted, in that of the concession.
with contributions as (

    select
        'submitted' as part,
        submitted_on as counted_on,
        instance_id,
        call_key,
        person_key,
        status = 'FUNDED' as is_funded,
        status in ('FUNDED', 'WAITLIST', 'REJECTED', 'REVOKED') as is_decided,
        false as is_in_term,
        cast(null as decimal(18, 2)) as amount_granted
    from {{ ref('contribution_application') }}

    union all

    select
        'due' as part,
        applications.submitted_on as counted_on,
        applications.instance_id,
        applications.call_key,
        applications.person_key,
        false as is_funded,
        false as is_decided,
        coalesce(applications.decided_on <= {{ add_days('applications.decidable_on', 'applications.decision_days') }}, false) as is_in_term,
        cast(null as decimal(18, 2)) as amount_granted
    from {{ ref('contribution_application') }} as applications
    cross join {{ ref('int_calendar__as_of') }} as calendar
    where
        applications.decision_days is not null
        and (
            applications.decided_on is not null
            or (
                applications.status <> 'WITHDRAWN'
                and {{ add_days('applications.decidable_on', 'applications.decision_days') }} < calendar.as_of
            )
        )

    union all

    select
        'granted' as part,
        concession_date as counted_on,
        instance_id,
        call_key,
        person_key,
        false as is_funded,
        false as is_decided,
        false as is_in_term,
        amount_granted
    from {{ ref('contribution_application') }}
    where status = 'FUNDED' and concession_date is not null and amount_granted is not null

)

{% call cube(
    relation='contributions',
    day='counted_on',
    extra_keys={'part': 'part'},
    scopes=['network', 'instance', 'call'],
    persons={'n_persons': 'true', 'decided_persons': 'is_decided'},
) %}
    count(*) as applications,
    sum(case when is_funded then 1 else 0 end) as funded,
    sum(case when is_decided then 1 else 0 end) as decided,
    sum(case when is_in_term then 1 else 0 end) as in_term,
    sum(amount_granted) as granted
{% endcall %}
