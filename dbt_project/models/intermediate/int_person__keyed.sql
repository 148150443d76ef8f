with persons as (

    select * from {{ ref('int_person__current') }}

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
    {{ person_key('id_kind', 'id_pseudonym', 'instance_id', 'record_id') }} as person_key
from persons
