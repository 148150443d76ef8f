with needs as (
    {%- for indicator_id, entities in indicator_entities().items() %}
    {%- set outer = loop.first %}
    {%- for entity in entities %}
    {{ 'union all' if not (outer and loop.first) }}
    select '{{ indicator_id }}' as indicator_id, '{{ entity }}' as entity
    {%- endfor %}
    {%- endfor %}
),

period_types as (
    {%- for indicator_id, entry in indicator_registry().items() if indicator_id in indicator_entities() %}
    {%- set outer = loop.first %}
    {%- for period_type in entry.get('periods', period_types()) %}
    {{ 'union all' if not (outer and loop.first) }}
    select '{{ indicator_id }}' as indicator_id, '{{ period_type }}' as period_type
    {%- endfor %}
    {%- endfor %}
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
inner join period_types on lacking.indicator_id = period_types.indicator_id
inner join {{ ref('int_calendar__periods') }} as periods
    on period_types.period_type = periods.period_type
    and lacking.first_period_from < {{ add_months('periods.last_month', 1) }}
