{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

with deliveries as (

    select
        instance_id,
        region_code,
        province_code,
        istat_place,
        provider_tax_code,
        service_key,
        istat_area,
        start_date,
        person_key,
        is_effective,
        quantity,
        amount_total,
        amount_user,
        amount_ssn
    from {{ ref('int_delivery__placed') }}

)

{% call cube(
    relation='deliveries',
    day='start_date',
    area='istat_area',
    scopes=['network', 'region', 'province', 'instance', 'comune', 'provider', 'service'],
) %}
    sum(amount_total) as amount_total,
    sum(amount_total - amount_user - amount_ssn) as amount_net,
    sum(amount_user) as amount_user,
    sum(quantity) as quantity,
    sum(case when is_effective then 1 else 0 end) as deliveries,
    count(distinct case when is_effective then person end) as persons_served,
    count(distinct person) as n_persons,
    count(*) as n_rows
{% endcall %}
