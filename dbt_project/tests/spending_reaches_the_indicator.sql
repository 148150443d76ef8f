-- The network's value of services is the sum of the deliveries of the months that have begun.
with facts as (

    select sum(amount_total) as amount
    from {{ ref('fct_service_delivery') }}
    where {{ period_start('month', 'start_date') }} <= (select as_of from {{ ref('int_calendar__as_of') }})

),

figures as (

    select sum(numerator) as amount
    from {{ ref('indicator_value') }}
    where indicator_id = 'spend_delivered' and scope_type = 'network' and area = 'ALL' and period_type = 'month'

)

select facts.amount, figures.amount as published_amount
from facts
cross join figures
where facts.amount <> figures.amount
