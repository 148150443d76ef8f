with periods as (

    select * from {{ ref('int_calendar__periods') }}

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
