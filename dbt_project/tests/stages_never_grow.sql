-- Who reached a stage reached the ones before: along a funnel, exits apart, counts and persons never grow.
with steps as (

    select
        stages.*,
        lag(n) over (
            partition by funnel, scope_type, scope_id, area, period_type, period_start order by stage_order
        ) as previous_n,
        lag(n_persons) over (
            partition by funnel, scope_type, scope_id, area, period_type, period_start order by stage_order
        ) as previous_persons
    from {{ ref('stage_count') }} as stages
    where not is_exit

)

select *
from steps
where n > previous_n or n_persons > previous_persons
