with exports as (

    select
        instance_id,
        period_to,
        greatest(0, {{ days_from('period_to', rome_date('accepted_at')) }}) as delay_days
    from {{ ref('stg_export') }}

)

{{ cells(
    relation='exports',
    day='period_to',
    periods=['month'],
    scopes={'network': "'network'", 'instance': 'instance_id'},
    measures={'delay_days': 'sum(delay_days)', 'exports': 'count(*)'},
) }}
