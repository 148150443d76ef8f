with persons as (

    select * from {{ ref('int_person__current') }}

),

subject_merges as (

    select * from {{ ref('int_person__subject_merge') }}

),

resolved as (

    select
        persons.*,
        coalesce(subject_merges.to_pseudonym, persons.id_pseudonym) as present_pseudonym
    from persons
    left join subject_merges
        on persons.id_pseudonym = subject_merges.from_pseudonym

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
    {{ person_key('present_pseudonym', 'instance_id', 'record_id') }} as person_key
from resolved
