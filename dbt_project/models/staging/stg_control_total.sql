select
    instance_id,
    export_id,
    entity,
    column_name,
    declared,
    loaded,
    known,
    quarantined
from {{ raw('_control_total') }}
where {{ in_changed_instances('instance_id') }}
