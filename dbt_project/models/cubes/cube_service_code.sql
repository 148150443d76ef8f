with deliveries as (

    select
        deliveries.instance_id,
        deliveries.provider_tax_code,
        deliveries.start_date,
        deliveries.person_key,
        deliveries.amount_total,
        case when services.nomenclatore_code is not null then deliveries.amount_total else 0 end as amount_coded
    from {{ ref('fct_service_delivery') }} as deliveries
    left join {{ ref('dim_service') }} as services on deliveries.service_key = services.service_key

)

{% call cube(
    relation='deliveries',
    day='start_date',
    periods=['year'],
    scopes=['network', 'instance', 'provider'],
) %}
    sum(amount_coded) as amount_coded,
    sum(amount_total) as amount_total,
    count(distinct person) as n_persons
{% endcall %}
