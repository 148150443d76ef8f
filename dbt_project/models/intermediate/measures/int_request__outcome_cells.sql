with requests as (

    select
        placed.*,
        status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY') as is_unmet,
        status = 'ACCEPTED' or (status = 'REJECTED' and reject_reason in ('NO_FUNDS', 'NO_CAPACITY')) as is_met_or_unmet,
        status in ('OPEN', 'ASSESSED') as is_open
    from {{ ref('int_request__placed') }} as placed

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
        'unmet': 'sum(case when is_unmet then 1 else 0 end)',
        'met_or_unmet': 'sum(case when is_met_or_unmet then 1 else 0 end)',
        'met_or_unmet_persons': 'count(distinct case when is_met_or_unmet then person_key end)',
        'still_open': 'sum(case when is_open then 1 else 0 end)',
    },
) }}
