{{ config(materialized='view') }}

with figures as (

    {{ wide('instance', 'instance_id') }}

),

subjects as (

    select * from {{ ref('dim_instance') }}

)

select
    figures.instance_id,
    subjects.instance_name,
    subjects.region_code,
    subjects.province_code,
    figures.month_start,
    {{- wide_columns('instance', 'figures') }}
    figures.n_persons
from figures
left join subjects on figures.instance_id = subjects.instance_id
