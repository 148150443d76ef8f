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
        start_date,
        person_key
    from {{ ref('int_delivery__placed') }}
    where is_effective

),

grouped as (

    {{ by_population_group('deliveries', 'start_date') }}

)

{% call cube(
    relation='grouped',
    day='start_date',
    extra_keys={'population_group': 'population_group'},
    scopes=group_scopes(),
) %}
    count(distinct person) as persons_served
{% endcall %}
