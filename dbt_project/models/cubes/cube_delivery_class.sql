{{ config(materialized='incremental') }}

{#- The guaranteed services (LEPS) of law 234/2021, decree 147/2017 and the national plans 2021-23 and 2024-26. -#}
{%- set leps_codes = {
    'PIS': 'Pronto intervento sociale',
    'DIM': 'Dimissioni protette',
    'SUP': 'Supervisione del personale',
    'PREV': "Prevenzione dell'allontanamento familiare",
    'RES': 'Residenza fittizia e fermo posta',
    'DDN': 'Dopo di noi e vita indipendente',
    'VMD': 'Valutazione multidimensionale e progetto personalizzato',
    'PAT': "Presa in carico e patto per l'inclusione",
    'SSP': 'Servizio sociale professionale',
    'PUA': 'Punto unico di accesso',
    'SAD': 'Assistenza domiciliare per anziani',
} -%}

with deliveries as (

    select
        instance_id,
        region_code,
        province_code,
        start_date,
        person_key,
        amount_total,
        is_effective,
        macro_area,
        case when leps_code in ('{{ leps_codes | join("', '") }}') then leps_code end as leps_code
    from {{ ref('contribution_delivery') }}

),

grouped as (

    {{ by_population_group('deliveries', 'start_date') }}

),

classed as (

    select
        instance_id, region_code, province_code, start_date, person_key, amount_total, is_effective,
        'leps' as part, leps_code as item, null as leps_code, 'ALL' as population_group
    from deliveries
    where leps_code is not null

    union all

    select
        instance_id, region_code, province_code, start_date, person_key, amount_total, is_effective,
        'any_leps' as part, 'ALL' as item, leps_code, 'ALL' as population_group
    from deliveries
    where leps_code is not null

    union all

    select
        instance_id, region_code, province_code, start_date, person_key, amount_total, is_effective,
        'macro_area' as part, macro_area as item, null as leps_code, 'ALL' as population_group
    from deliveries
    where macro_area is not null

    union all

    select
        {{ scopes_of_groups(['instance_id', 'region_code', 'province_code']) }},
        start_date, person_key, amount_total, is_effective,
        'population_group' as part, 'ALL' as item, null as leps_code, population_group
    from grouped
    where is_effective

)

{% call cube(
    relation='classed',
    day='start_date',
    extra_keys={'part': 'part', 'item': 'item', 'population_group': 'population_group'},
    scopes=['network', 'region', 'province', 'instance'],
    persons={'n_persons': 'true'},
    not_additive={'leps_codes': 'count(distinct case when is_effective then leps_code end)'},
) %}
    sum(amount_total) as amount_total,
    sum(case when is_effective then 1 else 0 end) as deliveries
{% endcall %}
