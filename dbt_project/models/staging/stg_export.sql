select
    instance_id,
    export_id,
    sequence,
    mode,
    contract_version,
    period_from,
    period_to,
    created,
    created_on,
    accepted_at,
    manifest_sha256,
    content_sha256,
    key_id,
    coalesce(simulated, false) as simulated
from {{ raw('_export', new_exports_only=true) }}
