{{ config(materialized='incremental') }}

{%- set leps = counted('cube_delivery_class', 'leps') -%}
{%- set any_leps = counted('cube_delivery_class', 'any_leps') -%}
{%- set macro_area = counted('cube_delivery_class', 'macro_area') -%}
{%- set of_groups = counted('cube_delivery_class', 'population_group') -%}

with deliveries as (

    select
        instance_id,
        region_code,
        province_code,
        start_date,
        person_key,
        amount_total,
        is_effective
    from {{ of_groups.relation }}

),

grouped as (

    {{ by_population_group('deliveries', 'start_date') }}

),

classed as (

    select
        instance_id, region_code, province_code, start_date, person_key, amount_total, is_effective,
        'leps' as part, {{ leps['keys'].item }} as item, null as leps_code, 'ALL' as population_group
    from {{ leps.relation }}

    union all

    select
        instance_id, region_code, province_code, start_date, person_key, amount_total, is_effective,
        'any_leps' as part, 'ALL' as item, leps_code, 'ALL' as population_group
    from {{ any_leps.relation }}

    union all

    select
        instance_id, region_code, province_code, start_date, person_key, amount_total, is_effective,
        'macro_area' as part, {{ macro_area['keys'].item }} as item, null as leps_code, 'ALL' as population_group
    from {{ macro_area.relation }}

    union all

    select
        {{ scopes_of_groups(['instance_id', 'region_code', 'province_code']) }},
        start_date, person_key, amount_total, is_effective,
        'population_group' as part, 'ALL' as item, null as leps_code, population_group
    from grouped

)

{% call cube(
    'cube_delivery_class',
    relation='classed',
    persons={'n_persons': 'true'},
    not_additive={'leps_codes': 'count(distinct case when is_effective then leps_code end)'},
) %}
    sum(amount_total) as amount_total,
    sum(case when is_effective then 1 else 0 end) as deliveries
{% endcall %}
