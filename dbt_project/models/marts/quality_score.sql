{%- set limits = disclosure_policy().quality_score -%}

with calendar as (

    select as_of from {{ ref('int_calendar__as_of') }}

),

of_records as (

    select * from {{ ref('int_record__quality') }}

),

arrivals as (

    select * from {{ ref('int_export__timeliness') }}

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

months as (

    select 'instance' as scope_type, instance_id as scope_id, month_start
    from arrivals

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
        on months.scope_type = 'instance'
        and months.scope_id = arrivals.instance_id
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
