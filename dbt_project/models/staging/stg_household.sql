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
    from {{ raw('household') }}
    where {{ in_changed_instances('instance') }}

)

{{ current_version('versions') }}
