with bookings as (

    select * from {{ ref('fct_booking') }}
    where is_effective and status in ('DONE', 'NO_SHOW')

)

{% call cube(relation='bookings', day='start_on', scopes=['network', 'instance', 'provider']) %}
    sum(case when status = 'NO_SHOW' then 1 else 0 end) as missed,
    count(*) as due,
    count(distinct person) as n_persons
{% endcall %}
