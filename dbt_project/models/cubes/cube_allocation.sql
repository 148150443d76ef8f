{{ config(materialized='incremental') }}

{% call cube(
    relation=ref('contribution_allocation'),
    day='source_date',
    area='istat_area',
    scopes=['network', 'instance', 'funder', 'grant'],
) %}
    sum(amount) as attributed,
    count(distinct person) as attributed_persons,
    sum(case when is_delivery then amount else 0 end) as delivery_attributed,
    count(distinct case when is_delivery then person end) as delivery_attributed_persons,
    sum(case when is_delivery then 1 else 0 end) as delivery_rows,
    sum(shared_total) as shared_total,
    sum(case when effective_delivery_key is not null then amount else 0 end) as shared_amount,
    count(distinct effective_delivery_key) as deliveries,
    count(distinct case when effective_delivery_key is not null then person end) as persons_served
{% endcall %}
