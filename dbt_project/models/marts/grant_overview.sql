{{ config(materialized='view') }}

with figures as (

    {{ wide('grant', 'grant_key') }}

),

subjects as (

    select * from {{ ref('dim_grant') }}

)

select
    figures.grant_key,
    subjects.title,
    subjects.funder_tax_code,
    subjects.funder_name,
    subjects.lead_name,
    subjects.status as grant_status,
    figures.month_start,
    {{- wide_columns('grant', 'figures') }}
    figures.n_persons
from figures
left join subjects on figures.grant_key = subjects.grant_key
