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
        grant_id,
        measure,
        baseline,
        target,
        due_on
    from {{ raw('grant_target', new_exports_only=true) }}

)

{{ current_version('versions') }}
