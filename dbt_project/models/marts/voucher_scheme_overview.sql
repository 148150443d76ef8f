{{ config(materialized='view') }}

with figures as (

    {{ wide('scheme', 'scheme_key') }}

)

select
    figures.scheme_key,
    figures.month_start,
    {{- wide_columns('scheme', 'figures') }}
    figures.n_persons
from figures
