select
    instance as instance_id,
    export as export_id,
    _file as file,
    _line as line,
    record_id,
    op,
    updated_at,
    row_version,
    indicator_id,
    person_id,
    grant_id,
    service_id,
    provider_id,
    wave,
    measured_on,
    value,
    respondent,
    reverses_id
from {{ raw('measurement') }}
where {{ in_changed_instances('instance') }}
