with answers as (

    select
        fct_measurement.*,
        case when direction = 'UP' then value >= scale_max - 1 else value <= scale_min + 1 end as is_satisfied
    from {{ ref('fct_measurement') }} as fct_measurement
    where is_effective and indicator_kind = 'SATISFACTION'

)

{{ cells(
    relation='answers',
    day='measured_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'provider': 'provider_tax_code',
        'service': 'service_key',
    },
    measures={
        'satisfied': 'sum(case when is_satisfied then 1 else 0 end)',
        'answers': 'count(*)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
