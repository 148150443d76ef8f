select
    instance_id,
    export_id,
    entity,
    file,
    line,
    column_name as {{ adapter.quote('column') }},
    code
from {{ ref('stg_quarantine') }}
