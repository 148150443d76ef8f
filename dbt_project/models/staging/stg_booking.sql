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
        service_id,
        provider_id,
        request_id,
        booked_at,
        {{ rome_date('booked_at') }} as booked_on,
        start_at,
        {{ rome_date('start_at') }} as start_on,
        status,
        channel
    from {{ raw('booking', new_exports_only=true) }}

)

{{ current_version('versions') }}
