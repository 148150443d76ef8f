{%- set own = counted('organisation_application') -%}

with applications as (

    select * from {{ own.relation }}

),

stages as (

    {%- for stage in stage_list('call') if not stage.exit %}
    {{ 'union all' if not loop.first }}
    select
        call_key,
        {{ period_start('year', own.day) }} as period_start,
        '{{ stage.name }}' as stage,
        organisation_tax_code,
        {{ stage.amount }} as amount
    from applications
    where {{ stage.reached }} and {{ own.day }} <= (select as_of from {{ ref('int_calendar__as_of') }})
    {%- endfor %}

)

select
    call_key,
    period_start,
    stage,
    count(distinct organisation_tax_code) as organisations,
    cast(sum(coalesce(amount, 0)) as decimal(18, 2)) as amount
from stages
group by call_key, period_start, stage
