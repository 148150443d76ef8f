{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

{{ cells(
    relation=ref('int_delivery__sources'),
    day='start_date',
    area='istat_area',
    scopes={
        'network': "'network'",
        'region': 'region_code',
        'province': 'province_code',
        'instance': 'instance_id',
        'provider': 'provider_tax_code',
        'consortium': 'consortium_tax_code',
        'ats': 'ats_tax_code',
    },
    measures={
        'amount_total': 'sum(amount_total)',
        'municipality': 'sum(municipality)',
        'ssn': 'sum(ssn)',
        'user_part': 'sum(user_part)',
        'foundation': 'sum(foundation)',
        'region_state': 'sum(region_state)',
        'employer': 'sum(employer)',
        'unallocated': 'sum(unallocated)',
        'deliveries': 'sum(case when is_effective then 1 else 0 end)',
        'persons_served': 'count(distinct case when is_effective then person_key end)',
        'n_persons': 'count(distinct person_key)',
    },
) }}
