with applications as (

    select * from {{ ref('stg_application') }}
    where {{ in_changed_instances('instance_id') }}

),

persons as (

    select * from {{ ref('int_person__keyed') }}

),

organisations as (

    select * from {{ ref('stg_organisation') }}

)

select
    applications.instance_id,
    applications.record_id,
    applications.call_id,
    {{ record_key('applications.instance_id', 'applications.call_id') }} as call_key,
    applications.applicant_kind,
    case
        when applications.applicant_kind = 'HOUSEHOLD' and applications.person_id is null
            then md5(concat_ws('|', 'household', applications.instance_id, applications.household_id))
        else {{ fact_person_key('applications', 'persons') }}
    end as person_key,
    applications.organisation_id,
    organisations.tax_code as organisation_tax_code,
    applications.channel,
    applications.submitted_on,
    applications.status,
    applications.decided_on,
    applications.reject_reason,
    applications.amount_requested,
    applications.amount_granted,
    applications.concession_act,
    applications.concession_date,
    applications.updated_at,
    not applications.is_removed as is_effective,
    applications.export_id,
    applications.file,
    applications.line
from applications
left join persons on applications.instance_id = persons.instance_id and applications.person_id = persons.record_id
left join organisations
    on applications.instance_id = organisations.instance_id and applications.organisation_id = organisations.record_id
