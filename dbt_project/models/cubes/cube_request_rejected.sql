{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

with rejected as (

    select
        instance_id,
        region_code,
        province_code,
        social_point_key,
        need_area,
        received_on,
        person_key,
        coalesce(reject_reason, 'NOT_STATED') as reason
    from {{ ref('int_request__placed') }}
    where status = 'REJECTED'

),

by_reason as (

    select rejected.*, reason as item
    from rejected

    union all

    select rejected.*, 'ALL' as item
    from rejected

)

{% call cube(
    relation='by_reason',
    day='received_on',
    area='need_area',
    extra_keys={'item': 'item'},
    scopes=['network', 'region', 'province', 'instance', 'social_point'],
) %}
    count(*) as rejected,
    count(distinct person) as n_persons
{% endcall %}
