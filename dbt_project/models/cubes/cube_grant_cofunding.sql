with allocations as (

    select
        instance_id,
        source_id,
        grant_key,
        sum(amount) as allocated
    from {{ ref('fct_allocation') }}
    where is_effective and source_entity = 'service_delivery' and grant_key is not null
    group by instance_id, source_id, grant_key

),

shared as (

    select
        allocations.grant_key,
        deliveries.start_date,
        deliveries.person_key,
        deliveries.amount_total,
        allocations.allocated
    from allocations
    inner join {{ ref('fct_service_delivery') }} as deliveries
        on allocations.instance_id = deliveries.instance_id and allocations.source_id = deliveries.record_id
    where deliveries.is_effective

)

{% call cube(relation='shared', day='start_date', scopes=['grant']) %}
    sum(amount_total - allocated) as cofunded,
    sum(amount_total) as amount_total,
    count(distinct person) as n_persons
{% endcall %}
