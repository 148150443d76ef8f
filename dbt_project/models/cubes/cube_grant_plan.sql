{%- set scopes = {'network': "'network'", 'funder': 'funder_tax_code', 'grant': 'grant_key'} %}
{%- for scope_type, scope_id in scopes.items() %}
{{ 'union all' if not loop.first }}
select
    '{{ scope_type }}' as scope_type,
    {{ scope_id }} as scope_id,
    'ALL' as area,
    period_type,
    period_start,
    sum(elapsed_days) as elapsed_days,
    sum(planned_days) as planned_days,
    sum(residual_at_risk) as residual_at_risk
from {{ ref('int_grant__plan') }}
where {{ scope_id }} is not null
group by {{ scope_id ~ ', ' if scope_type != 'network' }}period_type, period_start
{%- endfor %}
