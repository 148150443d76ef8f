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
        household_id,
        person_id,
        role,
        valid_from,
        valid_to
    from {{ raw('household_member', new_exports_only=true) }}

)

{{ current_version('versions') }}
