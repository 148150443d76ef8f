with calls as (

    select * from {{ ref('stg_call') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    {{ record_key('calls.instance_id', 'calls.record_id') }} as call_key,
    calls.instance_id,
    calls.record_id,
    calls.title,
    calls.kind,
    promoter.tax_code as promoter_tax_code,
    promoter.name as promoter_name,
    calls.legal_basis,
    calls.act_number,
    calls.act_date,
    calls.office,
    calls.responsible_officer,
    calls.selection_method,
    calls.budget,
    calls.opens_on,
    calls.closes_on,
    calls.decision_days,
    calls.url,
    calls.cup,
    calls.cig,
    calls.is_removed
from calls
left join organisations as promoter
    on calls.instance_id = promoter.instance_id and calls.promoter_id = promoter.record_id
