with grouped as (

    {% call cube('persons_by_target_group', persons={'persons': 'true'}) %}
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
