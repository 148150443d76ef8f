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

select periods.*
from periods
where periods.period_start <= (select as_of from {{ ref('int_calendar__as_of') }})
