{%- set sums = ['persons_served', 'deliveries', 'attributed', 'disbursed', 'reported', 'admitted'] -%}
{%- set ratios = ['outcome_improved', 'followup_rate'] -%}

with targets as (

    select
        targets.instance_id,
        {{ record_key('targets.instance_id', 'targets.grant_id') }} as grant_key,
        case
            when outcomes.record_id is not null then {{ record_key('targets.instance_id', 'targets.measure') }}
            else targets.measure
        end as measure,
        outcomes.record_id is not null as is_outcome,
        coalesce(targets.baseline, 0) as baseline,
        targets.target,
        targets.due_on,
        targets.record_id
    from {{ ref('stg_grant_target') }} as targets
    left join {{ ref('stg_outcome_indicator') }} as outcomes
        on targets.instance_id = outcomes.instance_id and targets.measure = outcomes.record_id
    where not targets.is_removed

),

in_force as (

    select
        targets.*,
        ends.period_type,
        ends.period_start,
        ends.next_start,
        -- The next one due; once all are past, the last.
        row_number() over (
            partition by targets.grant_key, targets.measure, ends.period_type, ends.period_start
            order by
                case when targets.due_on >= ends.period_end then 0 else 1 end,
                case when targets.due_on >= ends.period_end then targets.due_on end,
                targets.due_on desc,
                targets.record_id
        ) as rank_due
    from targets
    inner join {{ ref('contribution_grant') }} as grants on targets.grant_key = grants.grant_key
    inner join {{ ref('int_calendar__periods') }} as ends on grants.deliberated_on < ends.next_start

),

reached as (

    select
        in_force.grant_key,
        in_force.measure,
        in_force.period_type,
        in_force.period_start,
        sum(reached.amount) as amount,
        sum(reached.weight) as weight,
        count(distinct reached.person_key) as n_persons
    from in_force
    inner join {{ ref('int_grant_target__reached') }} as reached
        on in_force.grant_key = reached.grant_key
        and in_force.measure = reached.measure
        and in_force.next_start > reached.reached_on
    where in_force.rank_due = 1
    group by in_force.grant_key, in_force.measure, in_force.period_type, in_force.period_start

),

progress as (

    select
        in_force.grant_key,
        in_force.measure,
        in_force.is_outcome,
        in_force.period_type,
        in_force.period_start,
        in_force.baseline,
        in_force.target - in_force.baseline as distance,
        case
            when in_force.measure in ({% for measure in sums %}'{{ measure }}'{{ ', ' if not loop.last }}{% endfor %})
                then cast(coalesce(reached.amount, 0) as decimal(24, 4))
            when reached.weight > 0
                then {{ rounded_mean('reached.amount', 'reached.weight') }}
        end as level,
        coalesce(reached.n_persons, 0) as n_persons,
        in_force.is_outcome
        or in_force.measure in ({% for measure in sums + ratios %}'{{ measure }}'{{ ', ' if not loop.last }}{% endfor %}) as is_known
    from in_force
    left join reached
        on in_force.grant_key = reached.grant_key
        and in_force.measure = reached.measure
        and in_force.period_type = reached.period_type
        and in_force.period_start = reached.period_start
    where in_force.rank_due = 1

)

select
    'grant' as scope_type,
    grant_key as scope_id,
    'ALL' as area,
    measure as item,
    period_type,
    period_start,
    case when is_known then level - cast(baseline as decimal(24, 4)) end as gained,
    case when is_known then distance end as distance,
    case when is_known and measure not in ('disbursed', 'reported', 'admitted') then n_persons end as n_persons,
    case
        when not is_known then 'not_applicable'
        when distance = 0 then 'denominator_missing'
        else 'ok'
    end as status
from progress
where level is not null or not is_known
