{{ config(materialized='incremental') }}

select * from (
{{ survival_curve(
    relation=ref('contribution_wait'),
    day='cohort_day',
    area='need_area',
    keys=['wait_to', 'population_group'],
    scopes=['network', 'region', 'province', 'instance', 'social_point', 'call', 'scheme', 'funder'],
) }}
) as survival
