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

{{ cells(
    relation='deliveries',
    day='start_date',
    area='istat_area',
    scopes={
        'network': "'network'",
        'region': 'region_code',
        'province': 'province_code',
        'instance': 'instance_id',
        'comune': 'istat_place',
        'provider': 'provider_tax_code',
        'service': 'service_key',
    },
    measures={
        'amount_total': 'sum(amount_total)',
        'amount_net': 'sum(amount_total - amount_user - amount_ssn)',
        'amount_user': 'sum(amount_user)',
        'quantity': 'sum(quantity)',
        'deliveries': 'sum(case when is_effective then 1 else 0 end)',
        'persons_served': 'count(distinct case when is_effective then person_key end)',
        'n_persons': 'count(distinct person_key)',
        'n_rows': 'count(*)',
    },
) }}
