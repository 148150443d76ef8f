{{ config(materialized='view') }}

with figures as (

    {{ wide('plan', 'plan_key') }}

),

plans as (

    select
        {{ record_key('instance_id', 'record_id') }} as plan_key,
        name as plan_name,
        source as plan_source,
        population
    from {{ ref('stg_corporate_plan') }}

)

select
    figures.plan_key,
    plans.plan_name,
    plans.plan_source,
    plans.population,
    figures.month_start,
    {{- wide_columns('plan', 'figures') }}
    figures.n_persons
from figures
left join plans on figures.plan_key = plans.plan_key
