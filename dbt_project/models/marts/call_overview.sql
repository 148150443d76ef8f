{{ config(materialized='view') }}

with figures as (

    {{ wide('call', 'call_key') }}

),

subjects as (

    select * from {{ ref('dim_call') }}

)

select
    figures.call_key,
    subjects.title,
    subjects.kind as call_kind,
    subjects.promoter_name,
    figures.month_start,
    {{- wide_columns('call', 'figures') }}
    figures.n_persons
from figures
left join subjects on figures.call_key = subjects.call_key
