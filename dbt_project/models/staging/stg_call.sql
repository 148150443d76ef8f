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
        title,
        kind,
        promoter_id,
        legal_basis,
        act_number,
        act_date,
        office,
        responsible_officer,
        selection_method,
        budget,
        opens_on,
        closes_on,
        decision_days,
        url,
        cup,
        cig
    from {{ raw('call', new_exports_only=true) }}

)

{{ current_version('versions') }}
