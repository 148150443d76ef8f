-- Every subject of a funnel either reached its last stage or is in exactly one exit.
with ranked as (

    select
        stages.*,
        row_number() over (
            partition by funnel, scope_type, scope_id, area, period_type, period_start, is_exit order by stage_order desc
        ) as rank_last
    from {{ ref('stage_count') }} as stages

)

select
    funnel,
    scope_type,
    scope_id,
    area,
    period_type,
    period_start
from ranked
group by funnel, scope_type, scope_id, area, period_type, period_start
having
    sum(case when stage_order = 1 then n else 0 end)
    <> sum(case when is_exit or rank_last = 1 then n else 0 end)
