{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

{{ cells(
    relation=ref('int_allocation__contributions'),
    day='source_date',
    area='istat_area',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'funder': 'funder_tax_code',
        'grant': 'grant_key',
    },
    measures={
        'attributed': 'sum(amount)',
        'attributed_persons': 'count(distinct person_key)',
        'n_rows': 'count(*)',
        'delivery_attributed': 'sum(case when is_delivery then amount else 0 end)',
        'delivery_attributed_persons': 'count(distinct case when is_delivery then person_key end)',
        'delivery_rows': 'sum(case when is_delivery then 1 else 0 end)',
        'deliveries': 'count(distinct effective_delivery_key)',
        'persons_served': 'count(distinct case when effective_delivery_key is not null then person_key end)',
    },
) }}
