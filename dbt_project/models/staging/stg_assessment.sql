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
        request_id,
        person_id,
        social_point_id,
        manager_pseudonym,
        assessed_on,
        outcome,
        plan_from,
        plan_to
    from {{ raw('assessment', new_exports_only=true) }}

)

{{ current_version('versions') }}
