{%- set policy = measure_policy() -%}
{%- set scopes = {'network': "'network'", 'instance': 'instance_id', 'funder': 'funder_tax_code'} -%}

with grants as (

    select
        grants.instance_id,
        grants.funder_tax_code,
        grants.grant_key,
        grants.amount_deliberated,
        ends.period_type,
        ends.period_start,
        ends.period_end
    from {{ ref('int_grant__funded') }} as grants
    inner join {{ ref('int_calendar__periods') }} as ends on grants.deliberated_on <= ends.period_end
    where grants.status in ('ACTIVE', 'CLOSED')

),

measured as (

    select
        grants.grant_key,
        grants.period_type,
        grants.period_start,
        sum(case when pairs.followed_on <= grants.period_end then 1 else 0 end) as pairs,
        count(*) as persons
    from grants
    inner join {{ ref('int_measurement__pairs') }} as pairs
        on grants.grant_key = pairs.grant_key and grants.period_end >= pairs.first_measured_on
    group by grants.grant_key, grants.period_type, grants.period_start

),

usable as (

    select
        grants.*,
        coalesce(
            measured.pairs >= {{ policy.outcome_pairs }}
            and measured.pairs >= {{ policy.outcome_followup }} * measured.persons,
            false
        ) as is_usable
    from grants
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
    'ALL' as area,
    period_type,
    period_start,
    sum(case when is_usable then amount_deliberated else 0 end) as usable,
    sum(amount_deliberated) as deliberated
from usable
where {{ scope_id }} is not null
group by {{ scope_id ~ ', ' if scope_type != 'network' }}period_type, period_start
{%- endfor %}
