with lines as (

    {{ effective_rows('grant_line') }}

),

grants as (

    select * from {{ ref('stg_grant') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    lines.instance_id,
    lines.record_id,
    lines.grant_id,
    {{ record_key('lines.instance_id', 'lines.grant_id') }} as grant_key,
    funder.tax_code as funder_tax_code,
    lines.line_type,
    lines.cost_category,
    lines.partner_id,
    partner.tax_code as partner_tax_code,
    lines.entry_date,
    lines.amount,
    lines.planned_on,
    lines.doc_date,
    lines.doc_amount,
    lines.admits_id,
    lines.doc_ref,
    lines.reverses_id,
    lines.is_effective,
    lines.export_id,
    lines.file,
    lines.line
from lines
left join grants on lines.instance_id = grants.instance_id and lines.grant_id = grants.record_id
left join organisations as funder on grants.instance_id = funder.instance_id and grants.funder_id = funder.record_id
left join organisations as partner on lines.instance_id = partner.instance_id and lines.partner_id = partner.record_id
