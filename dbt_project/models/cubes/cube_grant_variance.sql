{%- set own = counted('cube_grant_variance') -%}

with lines as (

    select
        grant_key,
        funder_tax_code,
        {{ own['keys'].item }} as item,
        {{ period_start('month', own.day) }} as month_start,
        sum(case when line_type = 'EXPENSE_REPORTED' then amount else 0 end) as reported,
        sum(case when line_type = 'BUDGET' then amount else 0 end) as budget
    from {{ own.relation }}
    group by grant_key, funder_tax_code, {{ own['keys'].item }}, {{ period_start('month', own.day) }}

)

{% for scope_type, scope_id in own.scopes.items() %}
{{ 'union all' if not loop.first }}
select
    '{{ scope_type }}' as scope_type,
    {{ scope_id }} as scope_id,
    'ALL' as area,
    item,
    ends.period_type,
    ends.period_start,
    sum(reported) as reported,
    sum(budget) as budget
from lines
inner join {{ ref('int_calendar__periods') }} as ends on lines.month_start < ends.next_start
where {{ scope_id }} is not null
group by {{ scope_id }}, item, ends.period_type, ends.period_start
{%- endfor %}
