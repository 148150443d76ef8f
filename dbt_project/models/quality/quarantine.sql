{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ drop_rewritten_instances() }}",
) }}

select
    instance_id,
    export_id,
    entity,
    file,
    line,
    column_name as {{ quoted('column') }},
    code
from {{ raw('_quarantine', new_exports_only=true) }}
