{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

with requests as (

    select
        placed.instance_id,
        placed.social_point_key,
        placed.need_area,
        placed.received_on,
        placed.person_key,
        placed.status,
        placed.reject_reason,
        placed.is_served,
        is_assessed or status = 'ACCEPTED' or is_served as reached_assessed,
        status = 'ACCEPTED' or is_served as reached_accepted,
        {{ days_between('received_on', 'first_assessed_on') }} as days_to_assessed,
        case when status = 'ACCEPTED' then {{ days_between('first_assessed_on', 'status_on') }} end as days_to_accepted,
        case when status = 'ACCEPTED' then {{ days_between('status_on', 'first_served_on') }} end as days_to_served
    from {{ ref('int_request__placed') }} as placed

)

{% call cube(
    relation='requests',
    day='received_on',
    area='need_area',
    scopes=['network', 'instance', 'social_point'],
) %}
    {{ stage_measures('request') }}
{% endcall %}
