{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id', 'period_type', 'period_start'],
) }}

with waits as (

    select
        instance_id,
        region_code,
        province_code,
        received_on,
        person_key,
        days_to_service as wait_days,
        is_served as is_event
    from {{ ref('int_request__placed') }}

),

grouped as (

    {{ by_population_group('waits', 'received_on') }}

),

curves as (

    select * from (
    {{ survival_curve(relation='grouped', day='received_on', scopes=group_scopes(), keys=['population_group']) }}
    ) as survival

)

select
    curves.scope_type,
    curves.scope_id,
    curves.area,
    curves.population_group,
    curves.period_type,
    curves.period_start,
    {%- if config.get('materialized') == 'incremental' %}
    {{ fingerprint('curves.fingerprint') }} as fingerprint,
    {%- endif %}
    min(case when curves.survival <= 0.5 + 1e-9 then curves.wait_days end) as days_p50,
    max(cells.n_persons) as n_persons
from curves
left join {{ ref('cube_request_group') }} as cells
    on curves.scope_type = cells.scope_type
    and curves.scope_id = cells.scope_id
    and curves.population_group = cells.population_group
    and curves.period_type = cells.period_type
    and curves.period_start = cells.period_start
group by curves.scope_type, curves.scope_id, curves.area, curves.population_group, curves.period_type, curves.period_start
