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
        scheme,
        person_id,
        household_id,
        issuer_id,
        call_id,
        grant_id,
        application_id,
        issued_on,
        expires_on,
        face_value,
        service_scope,
        status
    from {{ raw('voucher', new_exports_only=true) }}

)

{{ current_version('versions') }}
