{% call cube('cube_booking', persons={'n_persons': 'true'}) %}
    sum(case when status = 'NO_SHOW' then 1 else 0 end) as missed,
    count(*) as due
{% endcall %}
