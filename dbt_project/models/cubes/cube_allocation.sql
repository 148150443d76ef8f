{{ config(materialized='incremental') }}

{% call cube(
    relation=ref('contribution_allocation'),
    day='source_date',
    area='istat_area',
    scopes=['network', 'instance', 'funder', 'grant'],
    persons={
        'attributed_persons': 'true',
        'delivery_attributed_persons': 'is_delivery',
        'persons_served': 'effective_delivery_key is not null',
    },
    not_additive={'deliveries': 'count(distinct effective_delivery_key)'},
) %}
    sum(amount) as attributed,
    sum(case when is_delivery then amount else 0 end) as delivery_attributed,
    sum(case when is_delivery then 1 else 0 end) as delivery_rows,
    sum(shared_total) as shared_total,
    sum(case when effective_delivery_key is not null then amount else 0 end) as shared_amount
{% endcall %}
