{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

select * from (
{{ survival_curve(
    relation=ref('int_wait__spans'),
    day='cohort_day',
    keys=['wait_to'],
    scopes=['network', 'instance', 'call', 'scheme', 'funder'],
) }}
) as survival
