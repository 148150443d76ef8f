with months as (

    select distinct
        person_key,
        {{ period_start('month', 'start_date') }} as month_start
    from {{ ref('fct_service_delivery') }}
    where is_effective and person_key is not null

),

sequenced as (

    select
        person_key,
        month_start,
        lag(month_start) over (partition by person_key order by month_start) as previous_month
    from months

),

periods as (
    {% for period_type in period_types() %}
    {{ 'union all' if not loop.first }}
    select
        person_key,
        previous_month,
        '{{ period_type }}' as period_type,
        {{ period_start(period_type, 'month_start') }} as period_start
    from sequenced
    {% endfor %}
)

select
    person_key,
    period_type,
    period_start
from periods
-- The row of the person's first month in the period, and nothing in the 24 months before the period.
where previous_month is null or previous_month < {{ add_months('period_start', -24) }}
