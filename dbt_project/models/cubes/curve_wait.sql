{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

select * from (
{{ survival_cells(
    relation=ref('int_wait__spans'),
    day='cohort_day',
    keys=['wait_to'],
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'call': 'call_key',
        'scheme': 'scheme_key',
        'funder': 'funder_tax_code',
    },
) }}
) as survival
