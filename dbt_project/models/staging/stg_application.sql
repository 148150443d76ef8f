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
        call_id,
        applicant_kind,
        person_id,
        household_id,
        organisation_id,
        channel,
        submitted_at,
        {{ rome_date('submitted_at') }} as submitted_on,
        status,
        decided_on,
        reject_reason,
        amount_requested,
        amount_granted,
        concession_act,
        concession_date,
        project_url
    from {{ raw('application', new_exports_only=true) }}

)

{{ current_version('versions') }}
