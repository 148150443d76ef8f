with pairs as (

    select * from {{ ref('int_measurement__pairs') }}
    where is_paired

)

{{ cells(
    relation='pairs',
    day='last_measured_on',
    extra_keys={'item': 'outcome_indicator_key'},
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'funder': 'funder_tax_code',
        'grant': 'grant_key',
    },
    measures={
        'change': 'sum(change)',
        'pairs': 'count(*)',
        'sum_of_squares': 'sum(cast(change as decimal(18, 3)) * cast(change as decimal(18, 3)))',
        'n_persons': 'count(distinct person_key)',
    },
) }}
