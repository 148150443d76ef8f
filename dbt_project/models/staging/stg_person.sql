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
        id_kind,
        id_pseudonym,
        birth_year,
        sex,
        citizenship,
        istat_residence,
        employer_id,
        disability
    from {{ raw('person', new_exports_only=true) }}

)

{{ current_version('versions') }}
