select
    instance as instance_id,
    export as export_id,
    _file as file,
    _line as line,
    record_id,
    op,
    updated_at,
    row_version,
    source_entity,
    source_id,
    funder_id,
    grant_id,
    amount,
    reverses_id
from {{ raw('allocation', new_exports_only=true) }}
