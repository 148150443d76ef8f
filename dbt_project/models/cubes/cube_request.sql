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

{{ cells(
    relation='requests',
    day='received_on',
    area='need_area',
    scopes={
        'network': "'network'",
        'region': 'region_code',
        'province': 'province_code',
        'instance': 'instance_id',
        'social_point': 'social_point_key',
    },
    measures={
        'requests': 'count(*)',
        'n_persons': 'count(distinct person_key)',
        'accepted': "sum(case when status = 'ACCEPTED' then 1 else 0 end)",
        'decided': "sum(case when status in ('ACCEPTED', 'REJECTED') then 1 else 0 end)",
        'decided_persons': "count(distinct case when status in ('ACCEPTED', 'REJECTED') then person_key end)",
        'unmet': "sum(case when status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY') then 1 else 0 end)",
        'met_or_unmet': "sum(case when status = 'ACCEPTED' or (status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')) then 1 else 0 end)",
        'met_or_unmet_persons': "count(distinct case when status = 'ACCEPTED' or (status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')) then person_key end)",
        'still_open': "sum(case when status in ('OPEN', 'ASSESSED') then 1 else 0 end)",
        'autonomous': "sum(case when channel in ('WEB', 'APP') then 1 else 0 end)",
    },
) }}
