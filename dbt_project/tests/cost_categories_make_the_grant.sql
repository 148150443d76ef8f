-- The cost categories of a grant make what it reported and had admitted, to the cent.
with categories as (

    select
        grant_key,
        sum(reported) as reported,
        sum(admitted) as admitted
    from {{ ref('grant_cost_category') }}
    group by grant_key

),

latest_month as (

    select max(period_start) as period_start
    from {{ ref('int_calendar__periods') }}
    where period_type = 'month'

),

totals as (

    select
        scope_id as grant_key,
        denominator as reported,
        numerator as admitted
    from {{ ref('indicator_value') }} as figures
    inner join latest_month on figures.period_start = latest_month.period_start
    where
        figures.indicator_id = 'eligible_cost_rate'
        and figures.scope_type = 'grant'
        and figures.period_type = 'month'
        and figures.item = 'ALL'

)

select
    categories.*,
    totals.reported as reported_of_the_grant,
    totals.admitted as admitted_of_the_grant
from categories
left join totals on categories.grant_key = totals.grant_key
where
    categories.reported <> coalesce(totals.reported, 0)
    or categories.admitted <> coalesce(totals.admitted, 0)
