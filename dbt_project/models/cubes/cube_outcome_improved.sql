with pairs as (

    select * from {{ ref('int_measurement__pairs') }}
    where is_paired

)

{% call cube(
    relation='pairs',
    day='last_measured_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'funder': 'funder_tax_code',
        'grant': 'grant_key',
        'provider': 'last_provider_tax_code',
    },
) %}
    sum(case when change > 0 then 1 else 0 end) as improved,
    count(*) as pairs,
    count(distinct person) as n_persons
{% endcall %}
