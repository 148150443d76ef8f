with waits as (

    select
        requests.*,
        days_to_assessment as wait_days,
        is_assessed as is_event
    from {{ ref('int_request__placed') }} as requests

)

select * from (
{{ survival_cells(
    relation='waits',
    day='received_on',
    area='need_area',
    scopes={
        'network': "'network'",
        'region': 'region_code',
        'province': 'province_code',
        'instance': 'instance_id',
        'social_point': 'social_point_key',
    },
) }}
) as survival
