with applications as (

    select
        applications.*,
        {{ add_days('decidable_on', 'decision_days') }} as decide_by
    from {{ ref('int_application__timed') }} as applications
    where decision_days is not null

),

due as (

    select
        applications.*,
        coalesce(decided_on <= decide_by, false) as is_in_term
    from applications
    cross join {{ ref('int_calendar__as_of') }} as calendar
    where decided_on is not null or (status <> 'WITHDRAWN' and decide_by < calendar.as_of)

)

{{ cells(
    relation='due',
    day='submitted_on',
    scopes={'network': "'network'", 'instance': 'instance_id', 'call': 'call_key'},
    measures={
        'in_term': 'sum(case when is_in_term then 1 else 0 end)',
        'due': 'count(*)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
