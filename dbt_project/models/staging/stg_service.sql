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
        name,
        macro_area,
        nomenclatore_code,
        istat_area,
        leps_code,
        unit,
        list_price,
        sensitivity,
        valid_from,
        valid_to
    from {{ raw('service', new_exports_only=true) }}

)

{{ current_version('versions') }}
