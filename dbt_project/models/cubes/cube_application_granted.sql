with applications as (

    select * from {{ ref('fct_application') }}
    where is_effective and status = 'FUNDED' and concession_date is not null and amount_granted is not null

)

{% call cube(relation='applications', day='concession_date', scopes=['network', 'instance', 'call']) %}
    sum(amount_granted) as granted,
    count(distinct person) as n_persons
{% endcall %}
