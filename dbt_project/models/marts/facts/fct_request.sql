with requests as (

    select * from {{ ref('stg_request') }}
    where {{ in_changed_instances('instance_id') }}

),

persons as (

    select * from {{ ref('int_person__keyed') }}

)

select
    requests.instance_id,
    requests.record_id,
    {{ fact_person_key('requests', 'persons') }} as person_key,
    requests.household_id,
    requests.social_point_id,
    case
        when requests.social_point_id is not null
            then {{ record_key('requests.instance_id', 'requests.social_point_id') }}
    end as social_point_key,
    requests.channel,
    requests.need_area,
    requests.received_at,
    requests.received_on,
    requests.status,
    requests.status_on,
    requests.reject_reason,
    not requests.is_removed as is_effective,
    requests.export_id,
    requests.file,
    requests.line
from requests
left join persons on requests.instance_id = persons.instance_id and requests.person_id = persons.record_id
