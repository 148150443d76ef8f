{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

with waits as (

    select
        instance_id,
        region_code,
        province_code,
        social_point_key,
        need_area,
        received_on,
        days_to_assessment as wait_days,
        is_assessed as is_event
    from {{ ref('int_request__placed') }}

)

select * from (
{{ survival_curve(
    relation='waits',
    day='received_on',
    area='need_area',
    scopes=['network', 'region', 'province', 'instance', 'social_point'],
) }}
) as survival
