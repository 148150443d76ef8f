{{ config(materialized='table') }}

select
    line,
    instance_id,
    entity,
    record_id,
    column_name,
    corrected,
    same_as_instance_id,
    same_as_record_id,
    reviewed_on,
    file_sha256
from {{ raw_corrections() }}
