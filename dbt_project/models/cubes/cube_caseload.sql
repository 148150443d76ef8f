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

conditions as (

    select
        assessments.*,
        ends.period_type,
        ends.period_start,
        is_plan and active_from <= ends.period_end and (active_to is null or active_to >= ends.period_end) as is_active,
        assessed_on <= ends.period_end
        and {{ days_from('assessed_on', 'ends.period_end') }} < {{ policy.caseload_days }} as is_recent
    from assessments
    inner join {{ ref('int_calendar__periods') }} as ends
        on least(assessments.assessed_on, assessments.active_from) <= ends.period_end
        -- What ended long ago is neither: it need not be looked at for every period since.
        and greatest(coalesce(assessments.active_to, ends.period_end), {{ add_days('assessments.assessed_on', policy.caseload_days) }})
        >= ends.period_end

),

counted as (
    {%- for scope_type, scope_id in scopes.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ scope_type }}' as scope_type,
        {{ scope_id }} as scope_id,
        period_type,
        period_start,
        sum(case when is_active then 1 else 0 end) as active_plans,
        count(distinct case when is_active then person_key end) as plan_holders,
        count(distinct case when is_active or is_recent then person_key end) as n_persons,
        count(distinct case when is_recent then manager end) as managers
    from conditions
    where {{ scope_id }} is not null
    group by {{ scope_id ~ ', ' if scope_type != 'network' }}period_type, period_start
    {%- endfor %}
),

first_days as (
    {%- for scope_type, scope_id in scopes.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ scope_type }}' as scope_type,
        {{ scope_id }} as scope_id,
        min(least(assessed_on, active_from)) as first_day
    from assessments
    where {{ scope_id }} is not null
    group by {{ scope_id if scope_type != 'network' else "'network'" }}
    {%- endfor %}
)

select
    first_days.scope_type,
    first_days.scope_id,
    'ALL' as area,
    ends.period_type,
    ends.period_start,
    coalesce(counted.active_plans, 0) as active_plans,
    coalesce(counted.plan_holders, 0) as plan_holders,
    coalesce(counted.n_persons, 0) as n_persons,
    coalesce(counted.managers, 0) as managers
from first_days
inner join {{ ref('int_calendar__periods') }} as ends on first_days.first_day <= ends.period_end
left join counted
    on first_days.scope_type = counted.scope_type
    and first_days.scope_id = counted.scope_id
    and ends.period_type = counted.period_type
    and ends.period_start = counted.period_start
