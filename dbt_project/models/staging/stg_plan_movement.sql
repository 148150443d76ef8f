select
    instance as instance_id,
    export as export_id,
    _file as file,
    _line as line,
    record_id,
    op,
    updated_at,
    row_version,
    plan_id,
    person_id,
    event,
    event_date,
    amount,
    service_id,
    provider_id,
    reverses_id
from {{ raw('plan_movement', new_exports_only=true) }}
