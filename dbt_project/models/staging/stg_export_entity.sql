select
    instance_id,
    export_id,
    entity,
    file,
    format,
    bytes,
    sha256,
    received,
    loaded,
    known,
    quarantined
from {{ raw('_entity', new_exports_only=true) }}
