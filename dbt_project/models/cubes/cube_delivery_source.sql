{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

{% call cube(
    relation=ref('int_delivery__sources'),
    day='start_date',
    area='istat_area',
    scopes=['network', 'region', 'province', 'instance', 'provider', 'consortium', 'ats'],
) %}
    sum(amount_total) as amount_total,
    sum(municipality) as municipality,
    sum(ssn) as ssn,
    sum(user_part) as user_part,
    sum(foundation) as foundation,
    sum(region_state) as region_state,
    sum(employer) as employer,
    sum(unallocated) as unallocated,
    sum(case when is_effective then 1 else 0 end) as deliveries,
    count(distinct case when is_effective then person end) as persons_served,
    count(distinct person) as n_persons
{% endcall %}
