with persons as (

    select * from {{ ref('stg_person') }}

),

subject_merges as (

    select * from {{ ref('int_person__subject_merge') }}

),

corrections as (

    select * from {{ ref('stg_correction') }}
    where entity = 'person'

),

resolved as (

    select
        persons.*,
        coalesce(subject_merges.to_pseudonym, persons.id_pseudonym) as present_pseudonym
    from persons
    left join subject_merges
        on persons.id_pseudonym = subject_merges.from_pseudonym

),

-- A record corrected is the person of the record that the correction names, or a person apart where it names none.
identified as (

    select
        resolved.*,
        case when corrections.line is null then resolved.present_pseudonym else same.present_pseudonym end as key_pseudonym,
        coalesce(same.instance_id, resolved.instance_id) as key_instance_id,
        coalesce(same.record_id, resolved.record_id) as key_record_id
    from resolved
    left join corrections
        on resolved.instance_id = corrections.instance_id and resolved.record_id = corrections.record_id
    left join resolved as same
        on corrections.same_as_instance_id = same.instance_id and corrections.same_as_record_id = same.record_id

)

select
    instance_id,
    record_id,
    birth_year,
    sex,
    citizenship,
    istat_residence,
    employer_id,
    updated_at,
    is_removed,
    {{ person_key('key_pseudonym', 'key_instance_id', 'key_record_id') }} as person_key
from identified
