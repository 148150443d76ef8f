{%- set policy = measure_policy() -%}
{%- set scopes = {'network': "'network'", 'instance': 'instance_id', 'social_point': 'social_point_key'} -%}

with assessments as (

    select
        instance_id,
        case when social_point_id is not null then {{ record_key('instance_id', 'social_point_id') }} end as social_point_key,
        {{ record_key('instance_id', 'manager_key') }} as manager,
        person_key,
        assessed_on,
        outcome = 'PLAN' as is_plan,
        coalesce(plan_from, assessed_on) as active_from,
        plan_to as active_to
    from {{ ref('fct_assessment') }}
    where is_effective

),

at_period_end as (

    select
        assessments.*,
        ends.period_type,
        ends.period_start,
        is_plan and active_from <= ends.period_end and (active_to is null or active_to >= ends.period_end) as is_active,
        assessed_on <= ends.period_end
        and {{ days_from('assessed_on', 'ends.period_end') }} < {{ policy.caseload_days }} as is_recent
    from assessments
    inner join {{ ref('int_calendar__period_ends') }} as ends
        on least(assessments.assessed_on, assessments.active_from) <= ends.period_end

)

{%- for scope_type, scope_id in scopes.items() %}
{{ 'union all' if not loop.first }}
select
    '{{ scope_type }}' as scope_type,
    {{ scope_id }} as scope_id,
    'ALL' as area,
    period_type,
    period_start,
    sum(case when is_active then 1 else 0 end) as active_plans,
    count(distinct case when is_active then person_key end) as n_persons,
    count(distinct case when is_recent then manager end) as managers
from at_period_end
where {{ scope_id }} is not null
group by {{ scope_id ~ ', ' if scope_type != 'network' }}period_type, period_start
{%- endfor %}
