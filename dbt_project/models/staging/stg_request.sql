{{ config(incremental_strategy='replace_records') }}

with versions as (

    select
        instance as instance_id,
        export as export_id,
        _file as file,
        _line as line,
        record_id,
        op,
        updated_at,
        row_version,
        person_id,
        household_id,
        social_point_id,
        channel,
        need_area,
        received_at,
        {{ rome_date('received_at') }} as received_on,
        status,
        status_at,
        {{ rome_date('status_at') }} as status_on,
        reject_reason
    from {{ raw('request', new_exports_only=true) }}

)

{{ current_version('versions') }}
