with deliveries as (

    select
        deliveries.person_key,
        deliveries.istat_area,
        deliveries.region_code,
        deliveries.start_date,
        {{ age_band("cast(year(deliveries.start_date) as bigint) - persons.birth_year") }} as age_band,
        coalesce(persons.sex, 'ND') as sex
    from {{ ref('contribution_delivery') }} as deliveries
    left join {{ ref('dim_person') }} as persons on deliveries.person_key = persons.person_key
    where deliveries.is_effective and deliveries.person_key is not null

),

grouped as (

    {% call cube(
        relation='deliveries',
        day='start_date',
        area='istat_area',
        extra_keys={'age_band': 'age_band', 'sex': 'sex'},
        periods=['year'],
        scopes=['network', 'region'],
        persons={'persons': 'true'},
    ) %}
        count(*) as deliveries
    {% endcall %}

)

select
    scope_type,
    scope_id,
    area,
    age_band,
    sex,
    period_start,
    persons,
    cast(deliveries as bigint) as deliveries
from grouped
