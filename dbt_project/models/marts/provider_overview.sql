{{ config(materialized='view') }}

with figures as (

    {{ wide('provider', 'provider_tax_code') }}

),

subjects as (

    select * from {{ ref('dim_organisation') }}

)

select
    figures.provider_tax_code,
    subjects.organisation_name as provider_name,
    subjects.kind as provider_kind,
    figures.month_start,
    {{- wide_columns('provider', 'figures') }}
    figures.n_persons
from figures
left join subjects on figures.provider_tax_code = subjects.tax_code
