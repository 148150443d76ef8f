with months as (

    select distinct
        instance_id,
        person_key,
        {{ period_start('month', 'start_date') }} as month_start
    from {{ ref('fct_service_delivery') }}
    where is_effective and person_key is not null

),

-- Wherever in the network it was.
sequenced as (

    select
        person_key,
        month_start,
        lag(month_start) over (partition by person_key order by month_start) as previous_month
    from (select distinct person_key, month_start from months) as anywhere

),

-- The period of a person's month with nothing in the 24 months before the period.
new_persons as (
    {%- for period_type in period_types() %}
    {%- set start = period_start(period_type, 'month_start') %}
    {{ 'union all' if not loop.first }}
    select person_key, '{{ period_type }}' as period_type, {{ start }} as period_start
    from sequenced
    where previous_month is null or previous_month < {{ add_months(start, -24) }}
    {%- endfor %}
),

served as (
    {%- for period_type in period_types() %}
    {{ 'union all' if not loop.first }}
    select distinct instance_id, person_key, '{{ period_type }}' as period_type, {{ period_start(period_type, 'month_start') }} as period_start
    from months
    {%- endfor %}
),

first_time as (

    select served.*
    from served
    inner join new_persons
        on served.person_key = new_persons.person_key
        and served.period_type = new_persons.period_type
        and served.period_start = new_persons.period_start
    where served.period_start <= (select as_of from {{ ref('int_calendar__as_of') }})

),

grouped as (

    {{ by_population_group('first_time', 'period_start') }}

),

contributions as (

    select instance_id, person_key, period_type, period_start, 'ALL' as population_group
    from first_time

    union all

    select {{ scopes_of_groups(['instance_id']) }}, person_key, period_type, period_start, population_group
    from grouped

)

select
    'network' as scope_type,
    'network' as scope_id,
    'ALL' as area,
    population_group,
    period_type,
    period_start,
    count(distinct person_key) as first_time_persons
from contributions
group by population_group, period_type, period_start

union all

select
    'instance' as scope_type,
    instance_id as scope_id,
    'ALL' as area,
    population_group,
    period_type,
    period_start,
    count(distinct person_key) as first_time_persons
from contributions
where instance_id is not null
group by instance_id, population_group, period_type, period_start
