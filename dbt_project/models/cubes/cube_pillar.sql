{%- set combinations = {
    'PUB': [1, 0, 0], 'PHI': [0, 1, 0], 'CORP': [0, 0, 1], 'PUB+PHI': [1, 1, 0],
    'PUB+CORP': [1, 0, 1], 'PHI+CORP': [0, 1, 1], 'PUB+PHI+CORP': [1, 1, 1],
} -%}

with persons as (

    select
        'network' as scope_type,
        'network' as scope_id,
        year_start,
        person_key,
        max(case when pillar = 'PUB' then 1 else 0 end) as has_pub,
        max(case when pillar = 'PHI' then 1 else 0 end) as has_phi,
        max(case when pillar = 'CORP' then 1 else 0 end) as has_corp
    from {{ ref('int_person__pillars') }}
    group by year_start, person_key

    union all

    select
        'instance' as scope_type,
        instance_id as scope_id,
        year_start,
        person_key,
        max(case when pillar = 'PUB' then 1 else 0 end) as has_pub,
        max(case when pillar = 'PHI' then 1 else 0 end) as has_phi,
        max(case when pillar = 'CORP' then 1 else 0 end) as has_corp
    from {{ ref('int_person__pillars') }}
    group by instance_id, year_start, person_key

),

counted as (

    select
        scope_type,
        scope_id,
        year_start,
        count(*) as persons,
        sum(case when has_pub + has_phi + has_corp > 1 then 1 else 0 end) as persons_in_several
        {%- for item, has in combinations.items() %},
        sum(case when has_pub = {{ has.0 }} and has_phi = {{ has.1 }} and has_corp = {{ has.2 }} then 1 else 0 end) as persons_{{ loop.index }}
        {%- endfor %}
    from persons
    group by scope_type, scope_id, year_start

)
{% for item in combinations %}
{{ 'union all' if not loop.first }}
select
    scope_type,
    scope_id,
    'ALL' as area,
    '{{ item }}' as item,
    'year' as period_type,
    year_start as period_start,
    persons_{{ loop.index }} as persons_of_item,
    persons_in_several,
    persons
from counted
{%- endfor %}
