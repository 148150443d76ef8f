with persons as (

    select * from {{ ref('int_person__keyed') }}

),

latest as (

    select
        persons.*,
        row_number() over (partition by person_key order by updated_at desc, instance_id, record_id) as rank_latest,
        count(*) over (partition by person_key) as n_records
    from persons

)

select
    person_key,
    birth_year,
    sex,
    citizenship,
    istat_residence,
    n_records
from latest
where rank_latest = 1
