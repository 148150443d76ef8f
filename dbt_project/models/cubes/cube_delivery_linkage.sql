with deliveries as (

    select
        deliveries.instance_id,
        deliveries.start_date,
        deliveries.person_key,
        requests.record_id is not null as is_linked
    from {{ ref('fct_service_delivery') }} as deliveries
    left join {{ ref('fct_request') }} as requests
        on deliveries.instance_id = requests.instance_id
        and deliveries.request_id = requests.record_id
        and requests.is_effective
    where deliveries.is_effective

)

{{ cells(
    relation='deliveries',
    day='start_date',
    scopes={'network': "'network'", 'instance': 'instance_id'},
    measures={
        'linked': 'sum(case when is_linked then 1 else 0 end)',
        'deliveries': 'count(*)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
