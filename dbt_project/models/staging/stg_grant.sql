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
        funder_id,
        lead_id,
        title,
        description,
        programme,
        acri_sector,
        call_id,
        cup,
        deliberated_on,
        amount_applied,
        amount_deliberated,
        cofunding,
        starts_on,
        ends_on,
        status,
        from_open_call,
        parent_grant_id,
        act_number,
        act_date,
        legal_basis,
        office
    from {{ raw('grant', new_exports_only=true) }}

)

{{ current_version('versions') }}
