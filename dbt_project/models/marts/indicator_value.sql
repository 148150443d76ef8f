{%- set needs = [] -%}
{%- for indicator_id, entities in indicator_needs().items() -%}
    {%- do needs.append({'indicator_id': text_literal(indicator_id), 'needs': "'" ~ entities ~ "'"}) -%}
{%- endfor -%}
{%- set needed = [] -%}
{%- for indicator_id, entry in indicator_registry().items() if 'instance' in entry.scopes or entry.mark_not_collected -%}
    {%- for entity in entry.get('entities', []) -%}
        {%- do needed.append({'indicator_id': text_literal(indicator_id), 'entity': text_literal(entity)}) -%}
    {%- endfor -%}
{%- endfor -%}
{%- set instance_parts = "('service', 'grant', 'call', 'scheme', 'plan', 'social_point')" -%}

with measured as (

    select * from {{ ref('int_indicator__figures') }}

),

needed as (

    select {{ unnested(needed) }}

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
        needed.indicator_id
    from instances
    cross join needed
    left join listed on instances.instance_id = listed.instance_id and needed.entity = listed.entity
    where listed.entity is null

),

not_collected as (

    select
        lacking.indicator_id,
        'instance' as scope_type,
        lacking.instance_id as scope_id,
        'ALL' as item,
        'ALL' as area,
        periods.period_type,
        periods.period_start,
        cast(null as decimal(24, 4)) as numerator,
        cast(null as decimal(24, 4)) as denominator,
        cast(null as double) as value,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        cast(null as bigint) as n_persons,
        'not_collected' as status,
        'ALL' as population_group
    from lacking
    inner join {{ ref('dim_indicator') }} as indicators on lacking.indicator_id = indicators.indicator_id
    inner join {{ ref('int_calendar__periods') }} as periods
        on indicators.periods like '%' || periods.period_type || '%'
        and lacking.first_period_from < periods.next_start

),

-- What an instance does not collect is not counted as nothing: its mark stands in the place of a figure.
figures as (

    select
        measured.indicator_id,
        measured.scope_type,
        measured.scope_id,
        measured.item,
        measured.area,
        measured.period_type,
        measured.period_start,
        measured.numerator,
        measured.denominator,
        measured.value,
        measured.ci_low,
        measured.ci_high,
        measured.n_persons,
        measured.status,
        measured.population_group
    from measured
    left join not_collected
        on measured.indicator_id = not_collected.indicator_id
        and measured.scope_type = not_collected.scope_type
        and measured.scope_id = not_collected.scope_id
        and measured.item = not_collected.item
        and measured.area = not_collected.area
        and measured.period_type = not_collected.period_type
        and measured.period_start = not_collected.period_start
        and measured.population_group = not_collected.population_group
    where not_collected.indicator_id is null

    union all

    select * from not_collected

),

needs as (

    select {{ unnested(needs) }}

),

instance_groups as (

    select distinct scope_type, scope_id, instance_group
    from {{ ref('int_scope__instances') }}

),

with_place as (

    select
        figures.*,
        needs.needs,
        -- A grant, service, call, scheme, plan or Social Point is covered as its instance is.
        case
            when scope_type in {{ instance_parts }} then 'instance'
            when scope_type in ('funder', 'provider', 'consortium', 'ats') then 'organisation'
            else scope_type
        end as coverage_type,
        case when scope_type in {{ instance_parts }} then split_part(scope_id, ':', 1) else scope_id end as coverage_id
    from figures
    left join needs on figures.indicator_id = needs.indicator_id

),

covered as (

    select
        with_place.indicator_id,
        with_place.scope_type,
        with_place.scope_id,
        with_place.item,
        with_place.area,
        with_place.period_type,
        with_place.period_start,
        with_place.numerator,
        with_place.denominator,
        with_place.value,
        with_place.ci_low,
        with_place.ci_high,
        with_place.n_persons,
        with_place.status,
        with_place.population_group,
        coalesce(coverage.n_instances, 0) as n_instances,
        coalesce(coverage.n_instances_expected, 0) as n_instances_expected,
        coverage.data_to
    from with_place
    left join instance_groups
        on with_place.coverage_type = instance_groups.scope_type and with_place.coverage_id = instance_groups.scope_id
    left join {{ ref('int_scope__coverage') }} as coverage
        on with_place.needs = coverage.needs
        and instance_groups.instance_group = coverage.instance_group
        and with_place.period_type = coverage.period_type
        and with_place.period_start = coverage.period_start

)

select
    present.*,
    previous.value as previous_value,
    previous.status as previous_status
from covered as present
left join covered as previous
    on present.indicator_id = previous.indicator_id
    and present.scope_type = previous.scope_type
    and present.scope_id = previous.scope_id
    and present.item = previous.item
    and present.area = previous.area
    and present.population_group = previous.population_group
    and present.period_type = previous.period_type
    and {{ add_months('present.period_start', -12) }} = previous.period_start
