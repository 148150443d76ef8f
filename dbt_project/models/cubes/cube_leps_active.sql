select
    scope_type,
    scope_id,
    area,
    period_type,
    period_start,
    count(*) as leps_active
from {{ ref('cube_service_class') }}
where item_kind = 'leps' and deliveries > 0
group by scope_type, scope_id, area, period_type, period_start
