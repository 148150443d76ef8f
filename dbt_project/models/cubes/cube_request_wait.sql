with curves as (

    select 'assessment' as wait_to, survival.* from {{ ref('curve_assessment') }} as survival
    union all
    select 'service' as wait_to, survival.* from {{ ref('curve_service') }} as survival

),

percentiles as (

    select
        wait_to,
        scope_type,
        scope_id,
        area,
        period_type,
        period_start,
        -- The curve reaches a level within 1e-9: the product of fractions is not exact.
        min(case when survival <= 0.5 + 1e-9 then wait_days end) as days_p50,
        min(case when survival <= 0.1 + 1e-9 then wait_days end) as days_p90
    from curves
    group by wait_to, scope_type, scope_id, area, period_type, period_start

)

select
    percentiles.*,
    cells.n_persons
from percentiles
inner join {{ ref('cube_request') }} as cells
    on percentiles.scope_type = cells.scope_type
    and percentiles.scope_id = cells.scope_id
    and percentiles.area = cells.area
    and percentiles.period_type = cells.period_type
    and percentiles.period_start = cells.period_start
