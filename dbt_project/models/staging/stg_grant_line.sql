select
    instance as instance_id,
    export as export_id,
    _file as file,
    _line as line,
    record_id,
    op,
    updated_at,
    row_version,
    grant_id,
    line_type,
    cost_category,
    partner_id,
    entry_date,
    amount,
    planned_on,
    doc_date,
    doc_amount,
    admits_id,
    doc_ref,
    reverses_id
from {{ raw('grant_line') }}
where {{ in_changed_instances('instance') }}
