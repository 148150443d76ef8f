with applications as (

    select
        staged.*,
        facts.organisation_tax_code
    from {{ ref('contribution_application') }} as staged
    inner join {{ ref('fct_application') }} as facts
        on staged.instance_id = facts.instance_id and staged.record_id = facts.record_id
    where facts.organisation_tax_code is not null

),

stages as (

    {%- for stage in stage_list('call') if not stage.exit %}
    {{ 'union all' if not loop.first }}
    select
        call_key,
        {{ period_start('year', 'submitted_on') }} as period_start,
        '{{ stage.name }}' as stage,
        organisation_tax_code,
        {{ stage.amount }} as amount
    from applications
    where {{ stage.reached }} and submitted_on <= (select as_of from {{ ref('int_calendar__as_of') }})
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
