with served as (
    {% for period_type in period_types() %}
    {{ 'union all' if not loop.first }}
    select distinct
        instance_id,
        person_key,
        '{{ period_type }}' as period_type,
        {{ period_start(period_type, 'start_date') }} as period_start
    from {{ ref('fct_service_delivery') }}
    where is_effective and person_key is not null
    {% endfor %}
),

first_time as (

    select served.*
    from served
    inner join {{ ref('int_person__first_time') }} as new_persons
        on served.person_key = new_persons.person_key
        and served.period_type = new_persons.period_type
        and served.period_start = new_persons.period_start
    where served.period_start <= (select as_of from {{ ref('int_calendar__as_of') }})

)

select
    'network' as scope_type,
    'network' as scope_id,
    'ALL' as area,
    period_type,
    period_start,
    count(distinct person_key) as first_time_persons
from first_time
group by period_type, period_start

union all

select
    'instance' as scope_type,
    instance_id as scope_id,
    'ALL' as area,
    period_type,
    period_start,
    count(distinct person_key) as first_time_persons
from first_time
group by instance_id, period_type, period_start
