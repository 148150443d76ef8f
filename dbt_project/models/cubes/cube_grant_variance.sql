with lines as (

    select
        grant_key,
        funder_tax_code,
        cost_category,
        {{ period_start('month', 'entry_date') }} as month_start,
        sum(case when line_type = 'EXPENSE_REPORTED' then amount else 0 end) as reported,
        sum(case when line_type = 'BUDGET' then amount else 0 end) as budget
    from {{ ref('fct_grant_line') }}
    where line_type in ('EXPENSE_REPORTED', 'BUDGET')
    group by grant_key, funder_tax_code, cost_category, {{ period_start('month', 'entry_date') }}

)

{% set scopes = {'funder': 'funder_tax_code', 'grant': 'grant_key'} %}
{%- for scope_type, scope_id in scopes.items() %}
{{ 'union all' if not loop.first }}
select
    '{{ scope_type }}' as scope_type,
    {{ scope_id }} as scope_id,
    'ALL' as area,
    cost_category as item,
    ends.period_type,
    ends.period_start,
    sum(reported) as reported,
    sum(budget) as budget
from lines
inner join {{ ref('int_calendar__periods') }} as ends on lines.month_start < ends.next_start
where {{ scope_id }} is not null
group by {{ scope_id }}, cost_category, ends.period_type, ends.period_start
{%- endfor %}
