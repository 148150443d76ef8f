with grants as (

    select * from {{ ref('stg_grant') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    {{ record_key('grants.instance_id', 'grants.record_id') }} as grant_key,
    grants.instance_id,
    grants.record_id,
    funder.tax_code as funder_tax_code,
    funder.name as funder_name,
    funder.is_public_body as is_public_funder,
    lead.tax_code as lead_tax_code,
    lead.name as lead_name,
    -- Of a lead that nobody knows, nobody knows that it is no person.
    lead.tax_code is null or coalesce(funder.is_sole_trader, false) as is_of_person,
    grants.title,
    grants.programme,
    grants.acri_sector,
    case when grants.call_id is not null then {{ record_key('grants.instance_id', 'grants.call_id') }} end as call_key,
    grants.cup,
    grants.status,
    grants.deliberated_on,
    grants.starts_on,
    grants.ends_on,
    grants.amount_applied,
    grants.amount_deliberated,
    grants.cofunding,
    grants.from_open_call,
    case
        when grants.parent_grant_id is not null then {{ record_key('grants.instance_id', 'grants.parent_grant_id') }}
    end as parent_grant_key,
    grants.is_removed
from grants
left join organisations as funder on grants.instance_id = funder.instance_id and grants.funder_id = funder.record_id
left join organisations as lead on grants.instance_id = lead.instance_id and grants.lead_id = lead.record_id
