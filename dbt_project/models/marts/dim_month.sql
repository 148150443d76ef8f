with days as (

    select min(start_date) as first_day from {{ ref('fct_service_delivery') }}
    union all
    select min(event_on) as first_day from {{ ref('fct_voucher_event') }}
    union all
    select min(value_date) as first_day from {{ ref('fct_payment') }}
    union all
    select min(entry_date) as first_day from {{ ref('fct_grant_line') }}
    union all
    select min(event_date) as first_day from {{ ref('fct_plan_movement') }}
    union all
    select min(source_date) as first_day from {{ ref('fct_allocation') }}
    union all
    select min(deliberated_on) as first_day from {{ ref('stg_grant') }}
    union all
    select min(measured_on) as first_day from {{ ref('fct_measurement') }}
    union all
    select min(period_from) as first_day from {{ ref('stg_export') }}

),

span as (

    select
        -- Rows that were loaded before the contract had bounds may carry any year.
        greatest(min(days.first_day), {{ first_plausible_day() }}) as first_day,
        {{ add_months(period_start('year', 'max(calendar.as_of)'), 11) }} as last_month
    from days
    cross join {{ ref('int_calendar__as_of') }} as calendar -- noqa: AL05

),

months as (

    {{ month_spine('first_day', 'last_month', 'span') }}

)

select
    month_start,
    {{ period_start('quarter', 'month_start') }} as quarter_start,
    {{ period_start('year', 'month_start') }} as year_start
from months
