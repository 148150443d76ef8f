{%- set policy = measure_policy() -%}
{%- set scopes = {'network': "'network'", 'instance': 'instance_id', 'funder': 'funder_tax_code', 'grant': 'grant_key'} -%}

with grants as (

    select
        grants.instance_id,
        grants.funder_tax_code,
        grants.grant_key,
        grants.status,
        grants.starts_on,
        grants.ends_on,
        grants.amount_deliberated,
        grants.status in ('ACTIVE', 'CLOSED') and grants.deliberated_on <= ends.period_end as is_at_work,
        ends.period_type,
        ends.period_start,
        ends.period_end,
        ends.next_start
    from {{ ref('contribution_grant') }} as grants
    inner join {{ ref('int_calendar__periods') }} as ends on grants.deliberated_on < ends.next_start

),

ledger as (

    select
        grants.grant_key,
        grants.period_type,
        grants.period_start,
        sum(case when lines.line_type in ('SAVING', 'REVOCATION', 'DISBURSEMENT') then lines.amount else 0 end) as settled
    from grants
    inner join {{ ref('fct_grant_line') }} as lines
        on grants.grant_key = lines.grant_key and grants.next_start > lines.entry_date
    group by grants.grant_key, grants.period_type, grants.period_start

),

measured as (

    select
        grants.grant_key,
        grants.period_type,
        grants.period_start,
        sum(case when pairs.followed_on <= grants.period_end then 1 else 0 end) as pairs,
        count(*) as persons
    from grants
    inner join {{ ref('contribution_outcome') }} as pairs
        on grants.grant_key = pairs.grant_key and grants.period_end >= pairs.first_measured_on
    group by grants.grant_key, grants.period_type, grants.period_start

),

states as (

    select
        grants.instance_id,
        grants.funder_tax_code,
        grants.grant_key,
        grants.period_type,
        grants.period_start,
        greatest(0, least(
            {{ days_from('grants.starts_on', 'grants.period_end') }},
            {{ days_from('grants.starts_on', 'grants.ends_on') }}
        )) as elapsed_days,
        {{ days_from('grants.starts_on', 'grants.ends_on') }} as planned_days,
        case
            when grants.status in ('ACTIVE', 'SUSPENDED')
                and grants.ends_on <= {{ add_days('grants.period_end', policy.risk_horizon_days) }}
                then grants.amount_deliberated - coalesce(ledger.settled, 0)
            else 0
        end as residual_at_risk,
        case when grants.is_at_work then 1 else 0 end as is_at_work,
        case when grants.is_at_work then grants.amount_deliberated else 0 end as at_work,
        case
            when grants.is_at_work
                and measured.pairs >= {{ policy.outcome_pairs }}
                and measured.pairs >= {{ policy.outcome_followup }} * measured.persons
                then grants.amount_deliberated
            else 0
        end as at_work_measured
    from grants
    left join ledger
        on grants.grant_key = ledger.grant_key
        and grants.period_type = ledger.period_type
        and grants.period_start = ledger.period_start
    left join measured
        on grants.grant_key = measured.grant_key
        and grants.period_type = measured.period_type
        and grants.period_start = measured.period_start

)
{% for scope_type, scope_id in scopes.items() %}
{{ 'union all' if not loop.first }}
select
    '{{ scope_type }}' as scope_type,
    {{ scope_id }} as scope_id,
    period_type,
    period_start,
    count(*) as grants,
    sum(elapsed_days) as elapsed_days,
    sum(planned_days) as planned_days,
    sum(residual_at_risk) as residual_at_risk,
    sum(is_at_work) as grants_at_work,
    sum(at_work) as at_work,
    sum(at_work_measured) as at_work_measured
from states
where {{ scope_id }} is not null
group by {{ scope_id ~ ', ' if scope_type != 'network' }}period_type, period_start
{%- endfor %}
