with requests as (

    {{ wide('social_point', 'subject_key') }}

),

assessments as (

    select
        assessments.*,
        {{ period_start('month', 'assessed_on') }} as month_start,
        {{ record_key('instance_id', 'social_point_id') }} as social_point_key,
        {{ record_key('instance_id', 'manager_key') }} as instance_manager_key
    from {{ ref('fct_assessment') }} as assessments
    where is_effective and assessed_on <= (select as_of from {{ ref('int_calendar__as_of') }})

),

by_social_point as (

    select
        social_point_key as subject_key,
        month_start,
        count(*) as assessments,
        sum(case when outcome = 'PLAN' then 1 else 0 end) as plans,
        count(distinct manager_key) as managers,
        count(distinct person_key) as n_persons
    from assessments
    where social_point_key is not null
    group by social_point_key, month_start

),

by_manager as (

    select
        instance_manager_key as subject_key,
        month_start,
        count(*) as assessments,
        sum(case when outcome = 'PLAN' then 1 else 0 end) as plans,
        count(distinct person_key) as n_persons
    from assessments
    group by instance_manager_key, month_start

)

select
    'social_point' as subject_type,
    coalesce(requests.subject_key, by_social_point.subject_key) as subject_key,
    coalesce(requests.month_start, by_social_point.month_start) as month_start,
    requests.requests,
    requests.wait_to_assessment_p50,
    cast(by_social_point.assessments as bigint) as assessments,
    cast(by_social_point.plans as bigint) as plans,
    by_social_point.managers,
    greatest(requests.n_persons, by_social_point.n_persons) as n_persons
from requests
full outer join by_social_point
    on requests.subject_key = by_social_point.subject_key and requests.month_start = by_social_point.month_start

union all

select
    'manager' as subject_type,
    subject_key,
    month_start,
    cast(null as double) as requests,
    cast(null as double) as wait_to_assessment_p50,
    cast(assessments as bigint) as assessments,
    cast(plans as bigint) as plans,
    cast(1 as bigint) as managers,
    n_persons
from by_manager
