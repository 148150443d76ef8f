{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

with requests as (

    select
        instance_id,
        region_code,
        province_code,
        social_point_key,
        need_area,
        received_on,
        person_key,
        channel,
        status,
        reject_reason
    from {{ ref('int_request__placed') }}

)

{% call cube(
    relation='requests',
    day='received_on',
    area='need_area',
    scopes=['network', 'region', 'province', 'instance', 'social_point'],
) %}
    count(*) as requests,
    count(distinct person) as n_persons,
    sum(case when status = 'ACCEPTED' then 1 else 0 end) as accepted,
    sum(case when status in ('ACCEPTED', 'REJECTED') then 1 else 0 end) as decided,
    count(distinct case when status in ('ACCEPTED', 'REJECTED') then person end) as decided_persons,
    sum(case when status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY') then 1 else 0 end) as unmet,
    sum(case when status = 'ACCEPTED' or (status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')) then 1 else 0 end) as met_or_unmet,
    count(distinct case when status = 'ACCEPTED' or (status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')) then person end) as met_or_unmet_persons,
    sum(case when status in ('OPEN', 'ASSESSED') then 1 else 0 end) as still_open,
    sum(case when channel in ('WEB', 'APP') then 1 else 0 end) as autonomous
{% endcall %}
