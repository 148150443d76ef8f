with pairs as (

    select * from {{ ref('int_measurement__pairs') }}
    where is_paired

)

{{ cells(
    relation='pairs',
    day='last_measured_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'funder': 'funder_tax_code',
        'grant': 'grant_key',
        'provider': 'last_provider_tax_code',
    },
    measures={
        'improved': 'sum(case when change > 0 then 1 else 0 end)',
        'pairs': 'count(*)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
