with requests as (

    select * from {{ ref('fct_request') }}
    where is_effective

),

instances as (

    select * from {{ ref('dim_instance') }}

),

first_assessments as (

    select
        instance_id,
        request_id,
        min(assessed_on) as first_assessed_on
    from {{ ref('fct_assessment') }}
    where is_effective
    group by instance_id, request_id

),

first_deliveries as (

    select
        instance_id,
        request_id,
        min(start_date) as first_served_on
    from {{ ref('fct_service_delivery') }}
    where is_effective and request_id is not null
    group by instance_id, request_id

),

ends as (

    select
        requests.*,
        instances.region_code,
        instances.province_code,
        first_assessments.first_assessed_on,
        first_deliveries.first_served_on,
        case when requests.status in ('WITHDRAWN', 'REJECTED') then requests.status_on else calendar.as_of end as censored_on
    from requests
    cross join {{ ref('int_calendar__as_of') }} as calendar
    left join instances on requests.instance_id = instances.instance_id
    left join first_assessments
        on requests.instance_id = first_assessments.instance_id and requests.record_id = first_assessments.request_id
    left join first_deliveries
        on requests.instance_id = first_deliveries.instance_id and requests.record_id = first_deliveries.request_id

)

select
    ends.*,
    first_assessed_on is not null as is_assessed,
    first_served_on is not null as is_served,
    greatest(0, {{ days_from('received_on', 'coalesce(first_assessed_on, censored_on)') }}) as days_to_assessment,
    greatest(0, {{ days_from('received_on', 'coalesce(first_served_on, censored_on)') }}) as days_to_service
from ends
