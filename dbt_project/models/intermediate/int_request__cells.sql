{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ drop_touched_periods(['fct_request']) }}",
) }}

{{ cells(
    touched_by=['fct_request'],
    relation=ref('int_request__placed'),
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
        'autonomous': "sum(case when channel in ('WEB', 'APP') then 1 else 0 end)",
    },
) }}
