with grouped as (

    {% call cube('persons_by_target_group') %}
        count(distinct person) as persons,
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
    deliveries
from grouped
