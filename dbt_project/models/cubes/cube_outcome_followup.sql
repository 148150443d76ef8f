with pairs as (

    select * from {{ ref('int_measurement__pairs') }}

)

{{ cells(
    relation='pairs',
    day='first_measured_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'funder': 'funder_tax_code',
        'grant': 'grant_key',
        'provider': 'first_provider_tax_code',
    },
    measures={
        'paired': 'sum(case when is_paired then 1 else 0 end)',
        'persons': 'count(*)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
