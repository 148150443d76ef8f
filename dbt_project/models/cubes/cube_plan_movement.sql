with movements as (

    select * from {{ ref('fct_plan_movement') }}
    where event_kind = 'CREDIT'

)

{% call cube(relation='movements', day='event_date', scopes=['network', 'instance', 'plan']) %}
    sum(signed_amount) as credit,
    count(distinct person) as n_persons
{% endcall %}
