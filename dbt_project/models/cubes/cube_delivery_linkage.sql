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

{% call cube(relation='deliveries', day='start_date', scopes=['network', 'instance']) %}
    sum(case when is_linked then 1 else 0 end) as linked,
    count(*) as deliveries,
    count(distinct person) as n_persons
{% endcall %}
