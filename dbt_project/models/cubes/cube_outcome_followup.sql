with pairs as (

    select * from {{ ref('int_measurement__pairs') }}

)

{% call cube(
    relation='pairs',
    day='first_measured_on',
    scopes={
        'network': "'network'",
        'instance': 'instance_id',
        'funder': 'funder_tax_code',
        'grant': 'grant_key',
        'provider': 'first_provider_tax_code',
    },
) %}
    sum(case when is_paired then 1 else 0 end) as paired,
    count(*) as persons,
    count(distinct person) as n_persons
{% endcall %}
