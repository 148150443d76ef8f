{% call cube('cube_booking') %}
    sum(case when status = 'NO_SHOW' then 1 else 0 end) as missed,
    count(*) as due,
    count(distinct person) as n_persons
{% endcall %}
