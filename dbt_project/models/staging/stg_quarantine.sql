select
    instance_id,
    export_id,
    entity,
    file,
    line,
    column_name,
    code
from {{ raw('_quarantine') }}
where {{ in_changed_instances('instance_id') }}
