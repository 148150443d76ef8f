{%- set limits = disclosure_policy().quality_score -%}
{%- set due_on = add_days('expected.period_to', limits.days_to_arrive) -%}
{#- How many months after this one the period ends in which it is sent. -#}
{%- set apart = 'cast(habits.months_apart as double)' -%}
{%- set ahead = 'habits.end_number + habits.months_apart * ceil((places.month_number - habits.end_number) / ' ~ apart
    ~ ') - places.month_number' -%}

with calendar as (

    select as_of from {{ ref('int_calendar__as_of') }}

),

-- Every month of an instance, from the first day that its exports cover to the last day known of anybody.
places as (

    select
        instances.instance_id,
        months.month_start,
        {{ month_number('months.month_start') }} as month_number,
        least({{ month_end('months.month_start') }}, coalesce(instances.active_to, {{ month_end('months.month_start') }})) as last_day
    from {{ ref('dim_instance') }} as instances
    cross join {{ ref('dim_month') }} as months
    cross join calendar
    where
        instances.first_period_from is not null
        and months.month_start <= calendar.as_of
        and {{ month_end('months.month_start') }} >= greatest(
            instances.first_period_from, coalesce(instances.active_from, instances.first_period_from)
        )
        and (instances.active_to is null or months.month_start <= instances.active_to)

),

-- The export that first told the last day of a month.
told as (

    select
        instance_id,
        month_start,
        period_to,
        created_on
    from (
        select
            places.instance_id,
            places.month_start,
            exports.period_to,
            exports.created_on,
            row_number() over (
                partition by places.instance_id, places.month_start order by exports.created_on, exports.sequence
            ) as arrived_as
        from places
        inner join {{ ref('stg_export') }} as exports
            on places.instance_id = exports.instance_id
            and places.last_day between exports.period_from and exports.period_to
    ) as arrived
    where arrived_as = 1

),

-- How many months lie between the ends of an instance's exports: the middle one of the last three steps.
habits as (

    select
        instance_id,
        period_to,
        end_number,
        case when count(step) over last_three = 3 then
            greatest(1, sum(step) over last_three - min(step) over last_three - max(step) over last_three)
        end as months_apart
    from (
        select
            instance_id,
            period_to,
            {{ month_number('period_to') }} as end_number,
            {{ month_number('period_to') }} - lag({{ month_number('period_to') }}) over (
                partition by instance_id order by period_to
            ) as step
        from (select distinct instance_id, period_to from {{ ref('stg_export') }}) as ends
    ) as steps
    window last_three as (partition by instance_id order by period_to rows between 2 preceding and current row)

),

before as (

    select
        places.instance_id,
        places.month_start,
        max(ends.period_to) as period_to
    from places
    inner join {{ ref('stg_export') }} as ends
        on places.instance_id = ends.instance_id and places.month_start > ends.period_to
    group by places.instance_id, places.month_start

),

-- Where the export of a month has to end by the calendar of the instance as it was before that month; where too few exports
-- tell the calendar, where what was sent ends.
expected as (

    select
        places.instance_id,
        places.month_start,
        told.created_on,
        case
            when habits.months_apart is null then coalesce(told.period_to, places.last_day)
            else {{ month_end(add_months('places.month_start', 'cast(' ~ ahead ~ ' as integer)')) }}
        end as period_to
    from places
    left join told on places.instance_id = told.instance_id and places.month_start = told.month_start
    left join before on places.instance_id = before.instance_id and places.month_start = before.month_start
    left join habits on before.instance_id = habits.instance_id and before.period_to = habits.period_to

)

select
    expected.instance_id,
    expected.month_start,
    case
        when expected.created_on <= {{ due_on }} then 1
        when expected.created_on is not null or {{ due_on }} < calendar.as_of then 0
    end as in_time
from expected
cross join calendar
