select
    instance as instance_id,
    export as export_id,
    _file as file,
    _line as line,
    record_id,
    op,
    updated_at,
    row_version,
    voucher_id,
    event,
    event_at,
    {{ rome_date('event_at') }} as event_on,
    amount,
    merchant_id,
    service_delivery_id,
    reverses_id
from {{ raw('voucher_event', new_exports_only=true) }}
