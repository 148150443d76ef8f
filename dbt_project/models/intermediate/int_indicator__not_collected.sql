{%- set rows = [] -%}
{%- for indicator_id, entry in indicator_registry().items() if 'instance' in entry.scopes or entry.mark_not_collected -%}
    {%- for entity in entry.get('entities', []) -%}
        {%- do rows.append({'indicator_id': "'" ~ indicator_id ~ "'", 'entity': "'" ~ entity ~ "'"}) -%}
    {%- endfor -%}
{%- endfor -%}

with needs as (

    select {{ unnested(rows) }}

),

listed as (

    select distinct instance_id, entity
    from {{ ref('stg_export_entity') }}

),

instances as (

    select
        instance_id,
        min(period_from) as first_period_from
    from {{ ref('stg_export') }}
    group by instance_id

),

lacking as (

    select distinct
        instances.instance_id,
        instances.first_period_from,
        needs.indicator_id
    from instances
    cross join needs
    left join listed on instances.instance_id = listed.instance_id and needs.entity = listed.entity
    where listed.entity is null

)

select
    lacking.instance_id,
    lacking.indicator_id,
    periods.period_type,
    periods.period_start
from lacking
inner join {{ ref('dim_indicator') }} as indicators on lacking.indicator_id = indicators.indicator_id
inner join {{ ref('int_calendar__periods') }} as periods
    on indicators.periods like '%' || periods.period_type || '%'
    and lacking.first_period_from < {{ add_months('periods.last_month', 1) }}
