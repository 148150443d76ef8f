{# Period types of the registry, from the shortest. #}
{% macro period_types() %}{{ return(['month', 'quarter', 'year']) }}{% endmacro %}

{# The names that a list of select items gives, from `expression as name` at the end of each line. #}
{% macro item_names(items) %}{{ return(modules.re.findall('(?m) as (\\w+),?[ ]*$', items)) }}{% endmacro %}

{# A cube: the contributions that a model, or a part of it, declares (see counted), aggregated by scope, area and period. The
   body of the call is what adds up, sums and counts of rows, one `aggregate as name` a line: it is computed once by the
   shortest period, and added up from there.

   relation       the CTE that has the rows, where the cube puts them together itself
   persons        {name: condition}: how many different persons have a row of which the condition is true
   not_additive   {name: aggregate} that no parts give, computed for every cell from its rows

   One row per scope x area (ALL, and each area where there is a column of it) x period that has rows and begins by as_of.
   Of an incremental model, whose query this must be, an incremental build gives the changed scopes and periods, and a row
   without area for each of them (see replace_touched). #}
{% macro cube(name, part=none, relation=none, persons={}, not_additive={}) %}
{%- set declared = counted(name, part) -%}
{%- set relation = relation or declared.relation -%}
{%- set day, area, scopes = declared.day, declared.area, declared.scopes -%}
{%- set extra_keys = declared.get('keys', {}) -%}
{%- set periods = declared.periods or period_types() -%}
{#- Named in every case, so that dbt knows the dependency of an incremental build. -#}
{%- set as_of = '(select as_of from ' ~ ref('int_calendar__as_of') ~ ')' -%}
{%- set additive = modules.re.sub('\\s*\\n\\s*', ' ', caller() | trim) -%}
{%- set names = item_names(caller() | trim) -%}
{%- set keeps_fingerprints = config.get('materialized') == 'incremental' -%}
{%- set only_touched = keeps_fingerprints and is_incremental() -%}
{#- Keys of any kind and number are one number within the query, which is quick to group by. -#}
{%- set key_number = ['key_number'] if extra_keys else [] -%}
{%- set keys = ['scope_type', 'scope_id'] + key_number -%}
{%- set key_columns = [] -%}
{%- for key in extra_keys -%}{%- do key_columns.append('key_' ~ key) -%}{%- endfor -%}
{%- set of_rows = {'counted': persons, 'computed': not_additive} -%}
select * from (
with {{ 'keyed' if extra_keys else 'contributing' }} as (
    select
        contributions.*,
        {%- for key, expression in extra_keys.items() %}
        {{ expression }} as key_{{ key }},
        {%- endfor %}
        {%- if keeps_fingerprints %}
        {{ row_fingerprint('contributions') }} as row_fingerprint,
        {%- endif %}
        {%- for period_type in periods %}
        {{ period_start(period_type, day) }} as in_{{ period_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }} as contributions
),
{%- if extra_keys %}
key_numbers as (
    select {{ key_columns | join(', ') }}, cast(row_number() over (order by {{ key_columns | join(', ') }}) as integer) as key_number
    from (select distinct {{ key_columns | join(', ') }} from keyed) as told_apart
),
contributing as (
    select keyed.*, key_numbers.key_number
    from keyed
    inner join key_numbers on {{ same_cell('keyed', 'key_numbers', nullable_keys=key_columns) }}
),
{%- endif %}
parts as (
    {%- for scope_type, scope_id in scopes.items() %}
    {%- set own = grouped_by(scope_id, key_number + ([area] if area else []) + ['in_' ~ periods[0]]) %}
    {{ 'union all ' if not loop.first }}select '{{ scope_type }}' as scope_type, {{ scope_id }} as scope_id{{ ', key_number' if extra_keys }}, {{ area or "'ALL'" }} as area, in_{{ periods[0] }} as period_start
    {%- if keeps_fingerprints %}, {{ fingerprint() }} as fingerprint{% endif %}
    {{- ', ' ~ additive if names }} from contributing where {{ scope_id }} is not null and in_{{ periods[-1] }} <= {{ as_of }} group by {{ own | join(', ') }}
    {%- endfor %}
),
cells as (
    {%- set first = namespace(value=true) -%}
    {%- for by_area in ([false, true] if area else [false]) %}
    {%- for period_type in periods %}
    {%- set start = period_start(period_type, 'period_start') %}
    {{ 'union all ' if not first.value }}select {{ keys | join(', ') }}, {{ 'area' if by_area else "'ALL' as area" }}, '{{ period_type }}' as period_type, {{ start }} as period_start
    {%- if keeps_fingerprints %}, {{ 'cast(null as bigint)' if by_area else fingerprint('fingerprint') }} as fingerprint{% endif %}
    {%- for name in names %}, sum({{ name }}) as {{ name }}{% endfor %} from parts where {{ start }} <= {{ as_of }}{{ ' and area is not null' if by_area }} group by {{ keys | join(', ') }}, {{ 'area, ' if by_area }}{{ start }}
    {%- set first.value = false %}
    {%- endfor %}
    {%- endfor %}
)
{%- if only_touched %},
{{ touched_relation('cells') }}
{%- endif %}
{%- if persons %},
person_numbers as (
    select person_key, cast(row_number() over (order by person_key) as integer) as person
    from (select distinct person_key from contributing where person_key is not null) as known
),
rows_of_persons as (
    {%- set columns = key_number + ([area] if area else []) %}
    {%- for scope_id in scopes.values() %}{% do columns.extend(grouped_by(scope_id, [])) %}{% endfor %}
    {%- for period_type in periods %}{% do columns.append('in_' ~ period_type) %}{% endfor %}
    select
        {{ columns | join(', ') }},
        {%- for name, condition in persons.items() %}
        case when {{ condition }} then 1 else 0 end as {{ name }},
        {%- endfor %}
        person_numbers.person
    from contributing
    inner join person_numbers on contributing.person_key = person_numbers.person_key
    {%- if only_touched %}
    where in_{{ periods[-1] }} in (select {{ period_start(periods[-1], 'period_start') }} from changed_periods)
    {%- endif %}
)
{%- endif %}
{%- for relation_of_cells, wanted in of_rows.items() if wanted %},
{{ relation_of_cells }} as (
    {%- set first = namespace(value=true) -%}
    {%- for scope_type, scope_id in scopes.items() %}
    {%- for by_area in ([false, true] if area else [false]) %}
    {%- for period_type in periods %}
    {%- set start = 'in_' ~ period_type %}
    {%- set own = grouped_by(scope_id, key_number + ([area] if by_area else []) + [start]) %}
    {{ 'union all ' if not first.value }}select '{{ scope_type }}' as scope_type, {{ scope_id }} as scope_id{{ ', key_number' if extra_keys }}, {{ area if by_area else "'ALL'" }} as area, '{{ period_type }}' as period_type, {{ start }} as period_start
    {%- if relation_of_cells == 'counted' %}
    {%- for name in persons %}, sum({{ name }}) as {{ name }}{% endfor %} from (select {{ own | join(', ') }}
        {%- for name in persons %}, max({{ name }}) as {{ name }}{% endfor %} from rows_of_persons as cell_rows
        {%- else %}
        {%- for name, aggregate in not_additive.items() %}, {{ aggregate }} as {{ name }}{% endfor %} from contributing as cell_rows
    {%- endif %}
        {%- if only_touched %} {{ join_touched('cell_rows', scope_type, scope_id, period_type, start) }}{% endif %} where {{ scope_id }} is not null and {{ start }} <= {{ as_of }}{{ ' and ' ~ area ~ ' is not null' if by_area }} group by {{ own | join(', ') }}
    {%- if relation_of_cells == 'counted' %}, person) as cell_rows group by {{ own | join(', ') }}{% endif %}
    {%- set first.value = false %}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
)
{%- endfor %}
select
    cells.scope_type, cells.scope_id, {% for key in extra_keys %}key_numbers.key_{{ key }} as {{ key }}, {% endfor -%}
    cells.area, cells.period_type, cells.period_start{{ ', cells.fingerprint' if keeps_fingerprints }}
    {%- for name in names %}, cells.{{ name }}{% endfor %}
    {%- for name in persons %},
    cast(coalesce(counted.{{ name }}, 0) as bigint) as {{ name }}
    {%- endfor %}
    {%- for name in not_additive %},
    computed.{{ name }}
    {%- endfor %}
from cells
{%- if only_touched %}
inner join changed_periods on {{ same_cell('cells', 'changed_periods', ['scope_type', 'scope_id', 'period_type', 'period_start']) }}
{%- endif %}
{%- for relation_of_cells, wanted in of_rows.items() if wanted %}
left join {{ relation_of_cells }} on {{ same_cell('cells', relation_of_cells, keys + ['area', 'period_type', 'period_start']) }}
{%- endfor %}
{%- if extra_keys %}
inner join key_numbers on cells.key_number = key_numbers.key_number
{%- endif %}
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
    null as fingerprint
    {%- for name in names + persons.keys() | list + not_additive.keys() | list %},
    null as {{ name }}
    {%- endfor %}
from changed_periods
{%- endif %}
) as cells
{% endmacro %}

{# What the cells of a scope are grouped by: its column, which the network has none of, and further columns. #}
{% macro grouped_by(scope_id, columns) %}{{ return(([] if scope_id.startswith("'") else [scope_id]) + columns) }}{% endmacro %}

{# The condition that two relations speak of the same cell. A nullable key that is null is the same as another that is. #}
{% macro same_cell(one, other, keys=[], nullable_keys=[]) -%}
    {%- for key in keys -%}{{ ' and ' if not loop.first }}{{ one }}.{{ key }} = {{ other }}.{{ key }}{%- endfor -%}
    {%- for key in nullable_keys -%}{{ ' and ' if keys or not loop.first }}{{ one }}.{{ key }} is not distinct from {{ other }}.{{ key }}{%- endfor -%}
{%- endmacro %}

{# A running cube: contributions as in a cube, added up to the end of each period, from the scope's first row to as_of. The body
   of the call is what of one row is added up, one `expression as name` a line.

   distinct   {name: column} of which the distinct values so far are counted
   One row per scope x period; a quarter and a year take the state at their own end. #}
{% macro running_cube(name, part=none, relation=none, distinct={}) %}
{%- set declared = counted(name, part) -%}
{%- set relation = relation or declared.relation -%}
{%- set day, scopes = declared.day, declared.scopes -%}
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

   Of an incremental model, whose query this must be, an incremental build computes the changed scopes and periods, and
   gives a row without area for each of them (see replace_touched).
   On one day events come before censorings. survival is the share still waiting at the end of the day, ci_low and
   ci_high its 95% interval (Greenwood's variance, log-log). Where nothing happens on day 0 the curve still begins there,
   with everybody waiting. #}
{% macro survival_curve(name) %}
{%- set declared = counted(name) -%}
{%- set relation, day, area, scopes = declared.relation, declared.day, declared.area, declared.scopes -%}
{%- set keys = declared.get('keys', {}) | list -%}
{#- Named in every case, so that dbt knows the dependency of an incremental build. -#}
{%- set as_of = '(select as_of from ' ~ ref('int_calendar__as_of') ~ ')' -%}
{%- set keeps_fingerprints = config.get('materialized') == 'incremental' -%}
{%- set only_touched = keeps_fingerprints and is_incremental() -%}
{%- set curve_keys = ['scope_type', 'scope_id'] + keys + ['area', 'period_type', 'period_start'] -%}
{%- set curve = curve_keys | join(', ') -%}
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

{% if only_touched -%}
months as (
    {%- for scope_type, scope_id in scopes.items() %}
    {{ 'union all ' if not loop.first }}select '{{ scope_type }}' as scope_type, {{ scope_id }} as scope_id, in_month, {{ fingerprint() }} as fingerprint
    from waits_of_cells where {{ scope_id }} is not null and in_year <= {{ as_of }} group by {{ grouped_by(scope_id, ['in_month']) | join(', ') }}
    {%- endfor %}
),

periods_of_scopes as (
    {%- for period_type in period_types() %}
    {%- set start = period_start(period_type, 'in_month') %}
    {{ 'union all ' if not loop.first }}select scope_type, scope_id, '{{ period_type }}' as period_type, {{ start }} as period_start, fingerprint
    from months where {{ start }} <= {{ as_of }}
    {%- endfor %}
),

{{ touched_relation('periods_of_scopes') }},

{% endif -%}
days as (
{%- set first = namespace(value=true) %}
{%- for scope_type, scope_id in scopes.items() %}
{%- for by_area in ([false, true] if area else [false]) %}
{%- for period_type in period_types() %}
{%- set start = 'in_' ~ period_type %}
{%- set own = grouped_by(scope_id, keys + ([area] if by_area else []) + [start, 'wait_days']) %}
{%- set selected = ["'" ~ scope_type ~ "' as scope_type", scope_id ~ ' as scope_id'] + keys %}
{%- do selected.append((area if by_area else "'ALL'") ~ " as area, '" ~ period_type ~ "' as period_type, " ~ start ~ ' as period_start, wait_days') %}
{%- if keeps_fingerprints %}{% do selected.append(('cast(null as bigint)' if by_area else fingerprint()) ~ ' as fingerprint') %}{% endif %}
    {{ 'union all ' if not first.value }}select {{ selected | join(', ') }}, count(case when is_event then 1 end) as events, count(case when not is_event then 1 end) as censored
    {%- set first.value = false %}
    from waits_of_cells {% if only_touched %}{{ join_touched('waits_of_cells', scope_type, scope_id, period_type, start) }} {% endif -%}
    where {{ scope_id }} is not null and {{ start }} <= {{ as_of }}{{ ' and ' ~ area ~ ' is not null' if by_area }}
    group by {{ own | join(', ') }}
{%- endfor %}
{%- endfor %}
{%- endfor %}
),

curves as (
    select {{ curve }}, cast(row_number() over (order by {{ curve }}) as integer) as curve
    from (select distinct {{ curve }} from days) as told_apart
),

-- A curve is told by one number: windows over its many keys take twice as long.
exposed as (
    select
        curves.curve,
        days.wait_days,
        {{ 'days.fingerprint,' if keeps_fingerprints }}
        days.events,
        days.censored,
        cast(sum(days.events + days.censored) over (
            partition by curves.curve order by days.wait_days
            rows between current row and unbounded following
        ) as bigint) as at_risk
    from days
    inner join curves on {{ same_cell('days', 'curves', curve_keys) }}
),

points as (
    select
        curve,
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
        partition by curve order by wait_days
        rows between unbounded preceding and current row
    )
),

logged as (
    select
        points.*,
        -- A curve at 1 has no uncertainty to show yet, and one at 0 none that the data can tell.
        case when survival > 1e-12 and survival < 1e0 - 1e-12 then ln(survival) end as log_survival
    from points
),

drawn as (
    select
        curve,
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
        curve,
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
)

select
    {{ curve }},
    {{ 'fingerprint,' if keeps_fingerprints }}
    wait_days,
    at_risk,
    events,
    censored,
    survival,
    ci_low,
    ci_high
from drawn
inner join curves on drawn.curve = curves.curve
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
    {% for name in (['fingerprint'] if keeps_fingerprints else []) + ['wait_days', 'at_risk', 'events', 'censored', 'survival', 'ci_low', 'ci_high'] -%}
    null as {{ name }}{{ ',' if not loop.last }}
    {% endfor -%}
from changed_periods
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
