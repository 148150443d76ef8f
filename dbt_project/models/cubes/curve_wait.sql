{{ config(materialized='incremental') }}

select * from (
{{ survival_curve('curve_wait') }}
) as survival
