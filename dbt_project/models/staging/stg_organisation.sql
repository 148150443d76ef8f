{{ config(incremental_strategy='replace_records') }}

{%- set columns = organisation_corrections() -%}

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
        kind,
        tax_code,
        tax_code_pseudonym,
        is_sole_trader,
        vat_number,
        runts_number,
        ipa_code,
        istat_comune,
        parent_organisation_id,
        parent_from,
        parent_to,
        is_public_body,
        active_from,
        active_to
    from {{ raw('organisation', new_exports_only=true) }}

),

present as (

    {{ current_version('versions') }}

),

corrections as (

    select
        instance_id,
        record_id,
        {%- for column in columns %}
        max(case when column_name = '{{ column }}' then corrected end) as {{ column }},
        max(case when column_name = '{{ column }}' then line end) as {{ column }}_line{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_correction') }}
    where entity = 'organisation'
    group by instance_id, record_id

)

select
    {{ corrected_columns(columns) }}
from present
left join corrections on present.instance_id = corrections.instance_id and present.record_id = corrections.record_id
