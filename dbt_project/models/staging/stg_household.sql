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
        istat_residence,
        size,
        minors,
        isee_band,
        isee_date
    from {{ raw('household', new_exports_only=true) }}

)

{{ current_version('versions') }}
