{{ config(materialized='table') }}

select
    instance_id,
    export_id,
    attempt,
    status,
    sequence,
    cast(attempted_at as timestamp) as attempted_at,
    manifest_sha256,
    error_count,
    codes
from {{ raw_attempts() }}
