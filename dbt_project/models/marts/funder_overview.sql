{{ config(materialized='view') }}

with figures as (

    {{ wide('funder', 'funder_tax_code') }}

),

subjects as (

    select * from {{ ref('dim_organisation') }}

)

select
    figures.funder_tax_code,
    subjects.organisation_name as funder_name,
    subjects.kind as funder_kind,
    figures.month_start,
    {{- wide_columns('funder', 'figures') }}
    figures.n_persons
from figures
left join subjects on figures.funder_tax_code = subjects.tax_code
