select
    instance_id,
    export_id,
    entity,
    record_id
from {{ raw('_erased_record') }}
where {{ in_changed_instances('instance_id') }}
