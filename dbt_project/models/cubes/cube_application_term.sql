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

{% call cube(relation='due', day='submitted_on', scopes=['network', 'instance', 'call']) %}
    sum(case when is_in_term then 1 else 0 end) as in_term,
    count(*) as due,
    count(distinct person) as n_persons
{% endcall %}
