with answers as (

    select
        fct_measurement.*,
        case when direction = 'UP' then value >= scale_max - 1 else value <= scale_min + 1 end as is_satisfied
    from {{ ref('fct_measurement') }} as fct_measurement
    where is_effective and indicator_kind = 'SATISFACTION'

)

{% call cube(relation='answers', day='measured_on', scopes=['network', 'instance', 'provider', 'service']) %}
    sum(case when is_satisfied then 1 else 0 end) as satisfied,
    count(*) as answers,
    count(distinct person) as n_persons
{% endcall %}
