{%- set targets = {
    'NIDO_0_2': {'reached': "macro_area = 'F' and age <= 2", 'bands': ['0-2']},
    'MIN_0_17': {'reached': "istat_area = 'FAM' and age <= 17", 'bands': ['0-2', '3-5', '6-13', '14-17']},
    'ANZ_65': {'reached': "istat_area = 'ANZ' and age >= 65", 'bands': ['65-74', '75-84', '85+']},
    'ANZ_75': {'reached': "istat_area = 'ANZ' and age >= 75", 'bands': ['75-84', '85+']},
} -%}

with reached as (
    {%- for item, target in targets.items() %}
    {{ 'union all' if not loop.first }}
    select
        scope_type,
        scope_id,
        '{{ item }}' as item,
        year_start,
        count(distinct person_key) as persons
    from {{ ref('int_person__reach') }}
    where {{ target.reached }}
    group by scope_type, scope_id, year_start
    {%- endfor %}
),

residents as (
    {%- for item, target in targets.items() %}
    {{ 'union all' if not loop.first }}
    select
        scope_type,
        scope_id,
        '{{ item }}' as item,
        sum(residents) as residents
    from {{ ref('int_residents__by_group') }}
    where age_band in ({% for band in target.bands %}'{{ band }}'{{ ', ' if not loop.last }}{% endfor %})
    group by scope_type, scope_id
    {%- endfor %}
)

select
    reached.scope_type,
    reached.scope_id,
    'ALL' as area,
    reached.item,
    'year' as period_type,
    reached.year_start as period_start,
    reached.persons,
    residents.residents
from reached
left join residents
    on reached.scope_type = residents.scope_type
    and reached.scope_id = residents.scope_id
    and reached.item = residents.item
