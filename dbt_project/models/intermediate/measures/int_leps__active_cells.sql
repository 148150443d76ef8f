select
    scope_type,
    scope_id,
    area,
    period_type,
    period_start,
    count(*) as leps_active
from {{ ref('int_service__class_cells') }}
where item_kind = 'leps' and deliveries > 0
group by scope_type, scope_id, area, period_type, period_start
