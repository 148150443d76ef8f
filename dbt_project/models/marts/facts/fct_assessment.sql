with assessments as (

    select * from {{ ref('stg_assessment') }}
    where {{ in_changed_instances('instance_id') }}

),

persons as (

    select * from {{ ref('int_person__keyed') }}

)

select
    assessments.instance_id,
    assessments.record_id,
    assessments.request_id,
    {{ fact_person_key('assessments', 'persons') }} as person_key,
    assessments.social_point_id,
    assessments.manager_pseudonym as manager_key,
    assessments.assessed_on,
    assessments.outcome,
    assessments.plan_from,
    assessments.plan_to,
    not assessments.is_removed as is_effective,
    assessments.export_id,
    assessments.file,
    assessments.line
from assessments
left join persons on assessments.instance_id = persons.instance_id and assessments.person_id = persons.record_id
