select
    instance_id,
    export_id,
    entity,
    file,
    line,
    column_name as "column",
    code
from {{ ref('stg_quarantine') }}
