with bookings as (

    select * from {{ ref('fct_booking') }}
    where is_effective and status in ('DONE', 'NO_SHOW')

)

{% call cube(
    relation='bookings',
    day='start_on',
    scopes=['network', 'instance', 'provider'],
    persons={'n_persons': 'true'},
) %}
    sum(case when status = 'NO_SHOW' then 1 else 0 end) as missed,
    count(*) as due
{% endcall %}
