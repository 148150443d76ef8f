{%- set scopes = {'network': "'network'", 'funder': 'funder_tax_code', 'grant': 'grant_key'} -%}
{%- set policy = measure_policy() -%}

with grants as (

    select * from {{ ref('int_grant__funded') }}

),

lines as (

    select * from {{ ref('fct_grant_line') }}

),

spine as (

    select
        grants.grant_key,
        grants.funder_tax_code,
        grants.status,
        grants.starts_on,
        grants.ends_on,
        grants.amount_deliberated,
        ends.period_type,
        ends.period_start,
        ends.period_end,
        ends.next_start
    from grants
    inner join {{ ref('int_calendar__periods') }} as ends on grants.deliberated_on < ends.next_start

),

ledger as (

    select
        spine.grant_key,
        spine.period_type,
        spine.period_start,
        sum(case when lines.line_type in ('SAVING', 'REVOCATION', 'DISBURSEMENT') then lines.amount else 0 end) as settled
    from spine
    inner join lines on spine.grant_key = lines.grant_key and spine.next_start > lines.entry_date
    group by spine.grant_key, spine.period_type, spine.period_start

),

plans as (

    select
        spine.grant_key,
        spine.funder_tax_code,
        spine.period_type,
        spine.period_start,
        greatest(0, least(
            {{ days_from('spine.starts_on', 'spine.period_end') }},
            {{ days_from('spine.starts_on', 'spine.ends_on') }}
        )) as elapsed_days,
        {{ days_from('spine.starts_on', 'spine.ends_on') }} as planned_days,
        case
            when spine.status in ('ACTIVE', 'SUSPENDED')
                and spine.ends_on <= {{ add_days('spine.period_end', policy.risk_horizon_days) }}
                then spine.amount_deliberated - coalesce(ledger.settled, 0)
            else 0
        end as residual_at_risk
    from spine
    left join ledger
        on spine.grant_key = ledger.grant_key
        and spine.period_type = ledger.period_type
        and spine.period_start = ledger.period_start

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
    sum(residual_at_risk) as residual_at_risk
from plans
where {{ scope_id }} is not null
group by {{ scope_id ~ ', ' if scope_type != 'network' }}period_type, period_start
{%- endfor %}
