{{ config(materialized='incremental') }}

{% call cube(
    relation=ref('contribution_delivery'),
    day='start_date',
    area='istat_area',
    scopes=['network', 'region', 'province', 'instance', 'comune', 'provider', 'service', 'consortium', 'ats'],
    persons={'persons_served': 'is_effective', 'n_persons': 'true'},
) %}
    sum(amount_total) as amount_total,
    sum(amount_total - user_part - ssn) as amount_net,
    sum(municipality) as municipality,
    sum(ssn) as ssn,
    sum(user_part) as user_part,
    sum(foundation) as foundation,
    sum(region_state) as region_state,
    sum(employer) as employer,
    sum(unallocated) as unallocated,
    sum(case when is_coded then amount_total else 0 end) as amount_coded,
    sum(quantity) as quantity,
    sum(case when is_effective then 1 else 0 end) as deliveries,
    sum(case when is_effective and is_linked then 1 else 0 end) as linked
{% endcall %}
