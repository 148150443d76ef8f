with contributions as (

    select
        grant_key,
        source_date as contributed_on,
        amount,
        cast(null as varchar) as improved_person,
        person_key
    from {{ ref('int_allocation__contributions') }}
    where grant_key is not null

    union all

    select
        grant_key,
        last_measured_on as contributed_on,
        cast(0 as decimal(18, 2)) as amount,
        person_key as improved_person,
        person_key
    from {{ ref('int_measurement__pairs') }}
    where is_paired and change > 0 and grant_key is not null

)

select * from (
{% call running_cube(
    relation='contributions',
    day='contributed_on',
    scopes=['grant'],
    distinct=['improved_person', 'person_key'],
) %}
    amount as attributed
{% endcall %}
) as cumulated
