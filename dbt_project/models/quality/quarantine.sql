select
    instance_id,
    export_id,
    entity,
    file,
    line,
    column_name as {{ quoted('column') }},
    code
from {{ ref('stg_quarantine') }}
