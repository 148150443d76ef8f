{# Period types of the registry, from the shortest. #}
{% macro period_types() %}{{ return(['month', 'quarter', 'year']) }}{% endmacro %}

{# The names that a list of select items gives, from `expression as name` at the end of each line. #}
{% macro item_names(items) %}{{ return(modules.re.findall('(?m) as (\\w+),?[ ]*$', items)) }}{% endmacro %}

{# A cube: the contributions that a model, or a part of it, declares (see counted), aggregated by scope, area and period. The
   aggregates are the body of the call, one `expression as name` a line; in them a person is the number `person`, told apart
   within the query: to compare numbers is quicker than to compare keys, and it is done often.

   relation     the CTE that has the rows, where the cube puts them together itself

   One row per scope x area (ALL, and each area where there is a column of it) x period that has rows and begins by as_of.
   Of an incremental model, whose query this must be, an incremental build computes the touched scopes and periods, and
   gives a row without area for each of them (see replace_touched). #}
{% macro cube(name, part=none, relation=none) %}
{%- set own = counted(name, part) -%}
{%- set relation = relation or own.relation -%}
{%- set day, area, scopes, extra_keys = own.day, own.area, own.scopes, own.get('keys', {}) -%}
{%- set periods = own.periods or period_types() -%}
{#- Named in every case, so that dbt knows the dependency of an incremental build. -#}
{%- set as_of = '(select as_of from ' ~ ref('int_calendar__as_of') ~ ')' -%}
{%- set measures = caller() | trim -%}
{%- set one_line = modules.re.sub('\\s*\\n\\s*', ' ', measures) -%}
{%- set counts_persons = modules.re.search('\\bperson\\b', measures) is not none -%}
{%- set keeps_fingerprints = config.get('materialized') == 'incremental' -%}
{%- set only_touched = keeps_fingerprints and is_incremental() -%}
{%- set first = namespace(value=true) -%}
select * from (
with cell_days as (
    select
        contributions.*,
        {%- if keeps_fingerprints %}
        {{ row_fingerprint('contributions') }} as row_fingerprint,
        {%- endif %}
        {%- for period_type in periods %}
        {{ period_start(period_type, day) }} as in_{{ period_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }} as contributions
),
{%- if only_touched %}
{{ touched_relation('cell_days', scopes) }}
{%- endif %}
{%- if counts_persons %}
cell_persons as (
    select person_key, cast(row_number() over (order by person_key) as integer) as person
    from (select distinct person_key from cell_days where person_key is not null) as keys
),
{%- endif %}
cell_rows as (
    select cell_days.*{{ ', cell_persons.person' if counts_persons }}
    from cell_days
    {%- if counts_persons %}
    left join cell_persons on cell_days.person_key = cell_persons.person_key
    {%- endif %}
    {%- if only_touched %}
    where in_year in (select {{ period_start('year', 'period_start') }} from touched)
    {%- endif %}
)
{%- for scope_type, scope_id in scopes.items() %}
{%- for by_area in ([false, true] if area else [false]) %}
{%- for period_type in periods %}
{%- set start = 'in_' ~ period_type %}
{%- set keys = [] if scope_id.startswith("'") else [scope_id] %}
{%- set selected = ["'" ~ scope_type ~ "' as scope_type", scope_id ~ ' as scope_id'] %}
{%- for name, expression in extra_keys.items() %}
    {%- do keys.append(expression) %}
    {%- do selected.append(expression ~ ' as ' ~ name) %}
{%- endfor %}
{%- if by_area %}{% do keys.append(area) %}{% endif %}
{%- do keys.append(start) %}
{%- do selected.append((area if by_area else "'ALL'") ~ " as area, '" ~ period_type ~ "' as period_type, " ~ start ~ ' as period_start') %}
{%- if keeps_fingerprints %}{% do selected.append(('cast(null as bigint)' if by_area else fingerprint()) ~ ' as fingerprint') %}{% endif %}
{{ 'union all ' if not first.value }}select {{ selected | join(', ') }}, {{ one_line }}
{%- set first.value = false %}
from cell_rows {% if only_touched %}{{ join_touched('cell_rows', scope_type, scope_id, period_type, start) }} {% endif -%}
where {{ scope_id }} is not null and {{ start }} <= {{ as_of }}{{ ' and ' ~ area ~ ' is not null' if by_area }}
group by {{ keys | join(', ') }}
{%- endfor %}
{%- endfor %}
{%- endfor %}
{%- if only_touched %}
union all
select
    scope_type,
    scope_id,
    {% for name in extra_keys -%}
    null as {{ name }},
    {% endfor -%}
    null as area,
    period_type,
    period_start,
    null as fingerprint,
    {%- for name in item_names(measures) %}
    null as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from touched
{%- endif %}
) as cells
{% endmacro %}

{# A running cube: contributions as in a cube, added up to the end of each period, from the scope's first row to as_of. The body
   of the call is what of one row is added up, one `expression as name` a line.

   distinct   {name: column} of which the distinct values so far are counted
   One row per scope x period; a quarter and a year take the state at their own end. #}
{% macro running_cube(name, part=none, relation=none, distinct={}) %}
{%- set own = counted(name, part) -%}
{%- set relation = relation or own.relation -%}
{%- set day, scopes = own.day, own.scopes -%}
{%- set items = caller() | trim -%}
{%- set measures = item_names(items) -%}
with measured as (
    select
        {%- for scope_type, scope_id in scopes.items() %}
        {{ scope_id }} as scope_{{ scope_type }},
        {%- endfor %}
        {%- for name, column in distinct.items() %}
        {{ column }} as {{ name }},
        {%- endfor %}
        {{ period_start('month', day) }} as month_start,
        {{ items }}
    from {{ relation }}
),

contributions as (
    {%- for scope_type in scopes %}
    {{ 'union all' if not loop.first }}
    select '{{ scope_type }}' as scope_type, scope_{{ scope_type }} as scope_id, month_start, {{ (measures + distinct.keys() | list) | join(', ') }}
    from measured
    where scope_{{ scope_type }} is not null
    {%- endfor %}
),

flows as (
    select
        scope_type,
        scope_id,
        month_start,
        {%- for name in measures %}
        sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from contributions
    group by scope_type, scope_id, month_start
),

{% for name in distinct %}
first_{{ name }} as (
    select scope_type, scope_id, month_start, count(*) as {{ name }}
    from (
        select scope_type, scope_id, {{ name }}, min(month_start) as month_start
        from contributions
        where {{ name }} is not null
        group by scope_type, scope_id, {{ name }}
    ) as first_seen
    group by scope_type, scope_id, month_start
),
{% endfor %}

spans as (
    select scope_type, scope_id, min(month_start) as first_month
    from flows
    group by scope_type, scope_id
),

states as (
    select
        spans.scope_type,
        spans.scope_id,
        months.month_start,
        {%- for name in measures %}
        sum(coalesce(flows.{{ name }}, 0)) over (
            partition by spans.scope_type, spans.scope_id order by months.month_start
            rows between unbounded preceding and current row
        ) as {{ name }}{{ ',' if not loop.last or distinct }}
        {%- endfor %}
        {%- for name in distinct %}
        sum(coalesce(first_{{ name }}.{{ name }}, 0)) over (
            partition by spans.scope_type, spans.scope_id order by months.month_start
            rows between unbounded preceding and current row
        ) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from spans
    inner join {{ ref('dim_month') }} as months on spans.first_month <= months.month_start
    left join flows
        on spans.scope_type = flows.scope_type and spans.scope_id = flows.scope_id
        and months.month_start = flows.month_start
    {%- for name in distinct %}
    left join first_{{ name }}
        on spans.scope_type = first_{{ name }}.scope_type and spans.scope_id = first_{{ name }}.scope_id
        and months.month_start = first_{{ name }}.month_start
    {%- endfor %}
)

select
    states.scope_type,
    states.scope_id,
    'ALL' as area,
    periods.period_type,
    periods.period_start,
    {%- for name in measures + distinct.keys() | list %}
    states.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from states
inner join {{ ref('int_calendar__periods') }} as periods on states.month_start = periods.last_month
{% endmacro %}

{# Kaplan-Meier days of the waits that a model declares (see counted), one row per scope x area x period x day. Its contributions
   are one row per wait, with wait_days (not negative) and is_event.

   Of an incremental model, whose query this must be, an incremental build computes the touched scopes and periods, and
   gives a row without area for each of them (see replace_touched).
   On one day events come before censorings. survival is the share still waiting at the end of the day, ci_low and
   ci_high its 95% interval (Greenwood's variance, log-log). Where nothing happens on day 0 the curve still begins there,
   with everybody waiting. #}
{% macro survival_curve(name) %}
{%- set own = counted(name) -%}
{%- set relation, day, area, scopes = own.relation, own.day, own.area, own.scopes -%}
{%- set keys = own.get('keys', {}) | list -%}
{%- set keeps_fingerprints = config.get('materialized') == 'incremental' -%}
{%- set only_touched = keeps_fingerprints and is_incremental() -%}
{%- set curve = (['scope_type', 'scope_id'] + keys + ['area', 'period_type', 'period_start']) | join(', ') -%}
with waits_of_cells as (
    select
        contributions.*,
        {%- if keeps_fingerprints %}
        {{ row_fingerprint('contributions') }} as row_fingerprint,
        {%- endif %}
        {%- for period_type in period_types() %}
        {{ period_start(period_type, day) }} as in_{{ period_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }} as contributions
),
{% if only_touched %}
{{ touched_relation('waits_of_cells', scopes) }}
{%- endif %}

days as (
{%- set first = namespace(value=true) %}
{%- for scope_type, scope_id in scopes.items() %}
{%- for by_area in ([false, true] if area else [false]) %}
{%- for period_type in period_types() %}
{%- set start = 'in_' ~ period_type %}
{%- set own = ([] if scope_id.startswith("'") else [scope_id]) + keys + ([area] if by_area else []) + [start, 'wait_days'] %}
{%- set selected = ["'" ~ scope_type ~ "' as scope_type", scope_id ~ ' as scope_id'] + keys %}
{%- do selected.append((area if by_area else "'ALL'") ~ " as area, '" ~ period_type ~ "' as period_type, " ~ start ~ ' as period_start, wait_days') %}
{%- if keeps_fingerprints %}{% do selected.append(('cast(null as bigint)' if by_area else fingerprint()) ~ ' as fingerprint') %}{% endif %}
    {{ 'union all ' if not first.value }}select {{ selected | join(', ') }}, count(case when is_event then 1 end) as events, count(case when not is_event then 1 end) as censored
    {%- set first.value = false %}
    from waits_of_cells {% if only_touched %}{{ join_touched('waits_of_cells', scope_type, scope_id, period_type, start) }} {% endif -%}
    where {{ scope_id }} is not null and {{ start }} <= (select as_of from {{ ref('int_calendar__as_of') }}){{ ' and ' ~ area ~ ' is not null' if by_area }}
    group by {{ own | join(', ') }}
{%- endfor %}
{%- endfor %}
{%- endfor %}
),

exposed as (
    select
        days.*,
        cast(sum(events + censored) over (
            partition by {{ curve }} order by wait_days
            rows between current row and unbounded following
        ) as bigint) as at_risk
    from days
),

points as (
    select
        {{ curve }},
        wait_days,
        at_risk,
        events,
        censored,
        {{ 'fingerprint,' if keeps_fingerprints }}
        -- Sums of decimals, which no order of rows changes: in doubles a part of the curves would differ in the last digit.
        exp(cast(sum(cast(
            case when at_risk = events then -1e2 else ln(1e0 - cast(events as double) / at_risk) end as decimal(18, 15)
        )) over days_so_far as double)) as survival,
        sqrt(cast(sum(cast(
            case when at_risk > events then cast(events as double) / (cast(at_risk as double) * (at_risk - events)) end as decimal(28, 20)
        )) over days_so_far as double)) as greenwood,
        row_number() over days_so_far = 1 and wait_days > 0 as begins_later
    from exposed
    window days_so_far as (
        partition by {{ curve }} order by wait_days
        rows between unbounded preceding and current row
    )
),

logged as (
    select
        points.*,
        -- A curve at 1 has no uncertainty to show yet, and one at 0 none that the data can tell.
        case when survival > 1e-12 and survival < 1e0 - 1e-12 then ln(survival) end as log_survival
    from points
)

select
    {{ curve }},
    wait_days,
    {{ 'fingerprint,' if keeps_fingerprints }}
    at_risk,
    events,
    censored,
    case when survival < 1e-12 then 0e0 else survival end as survival,
    {%- for bound, sign in [('ci_low', '-'), ('ci_high', '+')] %}
    case
        when survival >= 1e0 - 1e-12 then 1e0
        else exp(-exp(ln(-log_survival) {{ sign }} 1.959963984540054e0 * greenwood / log_survival))
    end as {{ bound }}{{ ',' if not loop.last }}
    {%- endfor %}
from logged
union all
select
    {{ curve }},
    0 as wait_days,
    {{ 'cast(null as bigint) as fingerprint,' if keeps_fingerprints }}
    at_risk,
    0 as events,
    0 as censored,
    1e0 as survival,
    1e0 as ci_low,
    1e0 as ci_high
from points
where begins_later
{%- if only_touched %}
union all
select
    scope_type,
    scope_id,
    {% for key in keys -%}
    null as {{ key }},
    {% endfor -%}
    null as area,
    period_type,
    period_start,
    {% for name in ['wait_days', 'fingerprint', 'at_risk', 'events', 'censored', 'survival', 'ci_low', 'ci_high'] -%}
    null as {{ name }}{{ ',' if not loop.last }}
    {% endfor -%}
from touched
{%- endif %}
{% endmacro %}

{# One relation of cells from several, told apart by `part`: {name of the relation: its measures}. What a part does not measure
   is null. #}
{% macro parts_of_cube(parts) %}
{%- set measures = [] -%}
{%- for own in parts.values() -%}
    {%- for name in own if name not in measures -%}{%- do measures.append(name) -%}{%- endfor -%}
{%- endfor -%}
{%- for part, own in parts.items() %}
{{ 'union all' if not loop.first }}
select
    scope_type, scope_id, area, '{{ part }}' as part, period_type, period_start,
    {% for name in measures %}{{ name if name in own else 'null as ' ~ name }}{{ ', ' if not loop.last }}{% endfor %}
from {{ part }}
{%- endfor %}
{% endmacro %}
