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
        code,
        name,
        kind,
        unit,
        direction,
        scale_min,
        scale_max,
        meaningful_change
    from {{ raw('outcome_indicator', new_exports_only=true) }}

)

{{ current_version('versions') }}
