with pairs as (

    select * from {{ ref('int_measurement__pairs') }}
    where is_paired

),

grouped as (

    {{ by_population_group('pairs', 'last_measured_on') }}

)

{% call cube(
    relation='grouped',
    day='last_measured_on',
    extra_keys={'population_group': 'population_group'},
    scopes={'network': "'network'", 'instance': "case when group_kind <> 'citizenship' then instance_id end"},
) %}
    sum(case when change > 0 then 1 else 0 end) as improved,
    count(*) as pairs,
    count(distinct person) as n_persons
{% endcall %}
