{%- set limits = disclosure_policy().quality_score -%}
{%- set due_on = add_days('expected.period_to', limits.days_to_arrive) -%}
{#- How many months after this one the period ends in which it is sent. -#}
{%- set apart = 'cast(habits.months_apart as double)' -%}
{%- set ahead = 'habits.end_number + habits.months_apart * ceil((places.month_number - habits.end_number) / ' ~ apart
    ~ ') - places.month_number' -%}

with calendar as (

    select as_of from {{ ref('int_calendar__as_of') }}

),

-- Every month of an instance, from the first day that its exports cover to the last day known of anybody.
places as (

    select
        instances.instance_id,
        months.month_start,
        {{ month_number('months.month_start') }} as month_number,
        least({{ month_end('months.month_start') }}, coalesce(instances.active_to, {{ month_end('months.month_start') }})) as last_day
    from {{ ref('dim_instance') }} as instances
    cross join {{ ref('dim_month') }} as months
    cross join calendar
    where
        instances.first_period_from is not null
        and months.month_start <= calendar.as_of
        and {{ month_end('months.month_start') }} >= greatest(
            instances.first_period_from, coalesce(instances.active_from, instances.first_period_from)
        )
        and (instances.active_to is null or months.month_start <= instances.active_to)

),

-- The export that first told the last day of a month.
told as (

    select
        instance_id,
        month_start,
        period_to,
        created_on
    from (
        select
            places.instance_id,
            places.month_start,
            exports.period_to,
            exports.created_on,
            row_number() over (
                partition by places.instance_id, places.month_start order by exports.created_on, exports.sequence
            ) as arrived_as
        from places
        inner join {{ ref('stg_export') }} as exports
            on places.instance_id = exports.instance_id
            and places.last_day between exports.period_from and exports.period_to
    ) as arrived
    where arrived_as = 1

),

-- How many months lie between the ends of an instance's exports: the middle one of the last three steps.
habits as (

    select
        instance_id,
        period_to,
        end_number,
        case when count(step) over last_three = 3 then
            greatest(1, sum(step) over last_three - min(step) over last_three - max(step) over last_three)
        end as months_apart
    from (
        select
            instance_id,
            period_to,
            {{ month_number('period_to') }} as end_number,
            {{ month_number('period_to') }} - lag({{ month_number('period_to') }}) over (
                partition by instance_id order by period_to
            ) as step
        from (select distinct instance_id, period_to from {{ ref('stg_export') }}) as ends
    ) as steps
    window last_three as (partition by instance_id order by period_to rows between 2 preceding and current row)

),

before as (

    select
        places.instance_id,
        places.month_start,
        max(ends.period_to) as period_to
    from places
    inner join {{ ref('stg_export') }} as ends
        on places.instance_id = ends.instance_id and places.month_start > ends.period_to
    group by places.instance_id, places.month_start

),

-- Where the export of a month has to end by the calendar of the instance as it was before that month; where too few exports
-- tell the calendar, where what was sent ends.
expected as (

    select
        places.instance_id,
        places.month_start,
        told.created_on,
        case
            when habits.months_apart is null then coalesce(told.period_to, places.last_day)
            else {{ month_end(add_months('places.month_start', 'cast(' ~ ahead ~ ' as integer)')) }}
        end as period_to
    from places
    left join told on places.instance_id = told.instance_id and places.month_start = told.month_start
    left join before on places.instance_id = before.instance_id and places.month_start = before.month_start
    left join habits on before.instance_id = habits.instance_id and before.period_to = habits.period_to

),

arrivals as (

    select
        'instance' as scope_type,
        expected.instance_id as scope_id,
        expected.month_start,
        case when expected.created_on <= {{ due_on }} then 1 else 0 end as in_time
    from expected
    cross join calendar
    where expected.created_on is not null or {{ due_on }} < calendar.as_of

),

rows_received as (

    select
        scope_type,
        scope_id,
        period_start as month_start,
        received,
        received - quarantined as kept
    from {{ ref('cube_export') }}
    where scope_type = 'instance' and period_type = 'month'

),

collecting as (

    select distinct instance_id
    from {{ ref('stg_export_entity') }}
    where entity = 'request'

),

-- Of each record the fields that are expected without being required, and those of them that are filled.
records as (

    select
        deliveries.instance_id,
        'service_delivery' as entity,
        deliveries.record_id,
        deliveries.start_date as own_date,
        deliveries.provider_tax_code,
        case when staged.person_id is null then 1 else 3 end as fields,
        case when deliveries.is_coded then 1 else 0 end
        + case when persons.sex <> 'ND' then 1 else 0 end
        + case when persons.citizenship <> 'ND' then 1 else 0 end as filled,
        case when collecting.instance_id is not null then 1 else 0 end as to_link,
        case when collecting.instance_id is not null and deliveries.is_linked then 1 else 0 end as linked
    from {{ ref('contribution_delivery') }} as deliveries
    inner join {{ ref('stg_service_delivery') }} as staged
        on deliveries.instance_id = staged.instance_id and deliveries.record_id = staged.record_id
    left join {{ ref('stg_person') }} as persons
        on staged.instance_id = persons.instance_id and staged.person_id = persons.record_id
    left join collecting on deliveries.instance_id = collecting.instance_id
    where deliveries.is_effective
    {%- for entity, own_date, field, is_asked in [
        ('payment', 'value_date', 'spending_type', 'true'),
        ('plan_movement', 'event_date', 'provider_id', "event_kind = 'SPEND'"),
        ('measurement', 'measured_on', 'respondent', 'true'),
        ('voucher_event', 'event_on', none, none),
        ('grant_line', 'entry_date', none, none),
    ] %}

    union all

    select
        instance_id,
        '{{ entity }}' as entity,
        record_id,
        {{ own_date }} as own_date,
        cast(null as varchar) as provider_tax_code,
        {{ 'case when ' ~ is_asked ~ ' then 1 else 0 end' if field else 0 }} as fields,
        {{ 'case when ' ~ is_asked ~ ' and ' ~ field ~ ' is not null then 1 else 0 end' if field else 0 }} as filled,
        0 as to_link,
        0 as linked
    from {{ ref('fct_' ~ entity) }}
    where is_effective
    {%- endfor %}

),

-- Late is judged by itself, and what another instance tells as well is nobody's error alone.
flagged as (

    select distinct instance_id, entity, record_id
    from {{ ref('flag') }}
    where code not in ('late', 'told_elsewhere')

),

judged as (

    select
        records.*,
        {{ period_start('month', 'records.own_date') }} as month_start,
        case when records.fields > 0 then 1 else 0 end as is_described,
        case when flagged.record_id is null then 1 else 0 end as is_consistent
    from records
    left join flagged
        on records.instance_id = flagged.instance_id
        and records.entity = flagged.entity
        and records.record_id = flagged.record_id

),

of_records as (
    {%- for scope_type, scope_id in {'instance': 'instance_id', 'provider': 'provider_tax_code'}.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ scope_type }}' as scope_type,
        {{ scope_id }} as scope_id,
        month_start,
        count(*) as records,
        sum(is_consistent) as consistent,
        sum(is_described) as described,
        sum(fields) as fields,
        sum(filled) as filled,
        sum(to_link) as to_link,
        sum(linked) as linked
    from judged
    where {{ scope_id }} is not null
    group by {{ scope_id }}, month_start
    {%- endfor %}
),

months as (

    select 'instance' as scope_type, instance_id as scope_id, month_start
    from places

    union all

    select of_records.scope_type, of_records.scope_id, of_records.month_start
    from of_records
    cross join calendar
    where of_records.scope_type = 'provider' and of_records.month_start <= calendar.as_of

),

measured as (

    select
        months.scope_type,
        months.scope_id,
        months.month_start,
        of_records.records,
        of_records.consistent,
        of_records.described,
        of_records.fields,
        of_records.filled,
        of_records.to_link,
        of_records.linked,
        rows_received.received,
        rows_received.kept,
        arrivals.in_time,
        case when arrivals.in_time is not null then 1 end as awaited,
        cast(null as bigint) as no_records,
        case when months.scope_type = 'provider' then 'not_applicable' else 'ok' end as of_exports,
        case
            when months.scope_type = 'instance' and collecting.instance_id is null then 'not_collected'
            when months.scope_type = 'provider' and of_records.to_link = 0 then 'not_collected'
            else 'ok'
        end as of_requests
    from months
    left join of_records
        on months.scope_type = of_records.scope_type
        and months.scope_id = of_records.scope_id
        and months.month_start = of_records.month_start
    left join rows_received
        on months.scope_type = rows_received.scope_type
        and months.scope_id = rows_received.scope_id
        and months.month_start = rows_received.month_start
    left join arrivals
        on months.scope_type = arrivals.scope_type
        and months.scope_id = arrivals.scope_id
        and months.month_start = arrivals.month_start
    left join collecting on months.scope_type = 'instance' and months.scope_id = collecting.instance_id

),

shares as (
    {%- for dimension, numerator, denominator, n_records, applies in [
        ('completeness', 'filled', 'fields', 'described', "'ok'"),
        ('validity', 'kept', 'received', 'received', 'of_exports'),
        ('timeliness', 'in_time', 'awaited', 'no_records', 'of_exports'),
        ('consistency', 'consistent', 'records', 'records', "'ok'"),
        ('linkage', 'linked', 'to_link', 'to_link', 'of_requests'),
    ] %}
    {{ 'union all' if not loop.first }}
    select
        scope_type,
        scope_id,
        month_start,
        '{{ dimension }}' as dimension,
        {{ numerator }} as numerator,
        {{ denominator }} as denominator,
        {{ n_records }} as n_records,
        case
            when {{ applies }} <> 'ok' then {{ applies }}
            when {{ denominator }} > 0{{ '' if dimension == 'timeliness' else ' and ' ~ n_records ~ ' >= ' ~ limits.records_at_least }} then 'ok'
            else 'denominator_missing'
        end as status
    from measured
    {%- endfor %}
),

-- Rounded down: what is not whole never reads as 100%.
dimensions as (

    select
        scope_type,
        scope_id,
        month_start,
        dimension,
        case when status not in ('not_applicable', 'not_collected') then coalesce(numerator, 0) end as numerator,
        case when status not in ('not_applicable', 'not_collected') then coalesce(denominator, 0) end as denominator,
        case
            when status not in ('not_applicable', 'not_collected') and dimension <> 'timeliness' then coalesce(n_records, 0)
        end as n_records,
        case when status = 'ok' then {{ whole_percent('numerator', 'denominator') }} end as score,
        status
    from shares

),

-- The plain mean; of a month from which no record is known, that nothing came is no quality of what came.
means as (

    select
        scope_type,
        scope_id,
        month_start,
        sum(score) as numerator,
        count(score) as denominator,
        count(case when dimension <> 'timeliness' then score end) as of_content
    from dimensions
    group by scope_type, scope_id, month_start

)

select
    scope_type,
    scope_id,
    month_start,
    dimension,
    cast(numerator as decimal(24, 4)) as numerator,
    cast(denominator as decimal(24, 4)) as denominator,
    cast(n_records as bigint) as n_records,
    score,
    status
from dimensions

union all

select
    scope_type,
    scope_id,
    month_start,
    'ALL' as dimension,
    cast(case when of_content > 0 then numerator end as decimal(24, 4)) as numerator,
    cast(case when of_content > 0 then denominator end as decimal(24, 4)) as denominator,
    cast(null as bigint) as n_records,
    case when of_content > 0 then {{ whole_percent('numerator', 'denominator') }} end as score,
    case when of_content > 0 then 'ok' else 'denominator_missing' end as status
from means
