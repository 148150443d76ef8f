with months as (

    select * from {{ ref('dim_month') }}

),

periods as (

    select 'month' as period_type, month_start as period_start, month_start as last_month
    from months

    union all

    select 'quarter' as period_type, quarter_start as period_start, max(month_start) as last_month
    from months
    group by quarter_start

    union all

    select 'year' as period_type, year_start as period_start, max(month_start) as last_month
    from months
    group by year_start

)

select
    periods.period_type,
    periods.period_start,
    periods.last_month,
    {{ add_months('periods.last_month', 1) }} as next_start,
    -- The day on which a stock is measured: the last of the period, or the last one known.
    least({{ add_days(add_months('periods.last_month', 1), -1) }}, calendar.as_of) as period_end
from periods
cross join {{ ref('int_calendar__as_of') }} as calendar
where periods.period_start <= calendar.as_of
