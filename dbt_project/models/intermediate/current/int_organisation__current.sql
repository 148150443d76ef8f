{%- set columns = organisation_corrections() -%}

with present as (
    {{ current_version('organisation') }}
),

corrections as (

    select
        instance_id,
        record_id,
        {%- for column in columns %}
        max(case when column_name = '{{ column }}' then corrected end) as {{ column }},
        max(case when column_name = '{{ column }}' then line end) as {{ column }}_line{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_correction') }}
    where entity = 'organisation'
    group by instance_id, record_id

)

select
    {{ corrected_columns(columns) }}
from present
left join corrections on present.instance_id = corrections.instance_id and present.record_id = corrections.record_id
