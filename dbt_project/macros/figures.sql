{# The figures of the registry, from the cubes that its entries name.

   An entry of `figures` in indicators.yaml is executed as it stands there:

   cube                     the cube without its prefix: one row per scope x area x period, and further keys of its own
   numerator, denominator   SQL over the columns of the cube; without a denominator the figure is the numerator
   value                    SQL of a statistic that is no quotient
   persons                  SQL of the persons behind the cell; none where the registry protects nobody
   scopes                   where an indicator comes from several cubes: the scopes taken from this one; else all its own
   part                     which cells of the cube, where it holds more than one kind of them
   filter                   which cells hold rows that feed the figure
   item                     SQL of the item; ALL where there is none
   by_group                 the cube tells population groups apart
   join: residents          the residents of the scope stand beside the cell, null where one comune has no figure
   applicable               SQL: where it is false the cell has no figure and the status not_applicable
   missing                  the status of a cell without a value, where it is not denominator_missing
   status                   SQL of the status, where the cube itself knows it
   interval                 {low, high}: SQL of the bounds of the 95% interval #}

{# The figures of the registry, in its order: [{relation, columns, is_told}]. #}
{% macro registry_figures() %}
{%- set figures = [] -%}
{%- for entry in indicator_registry().values() -%}
    {%- for figure in entry.figures -%}
        {%- set cube = ref('cube_' ~ figure.cube) -%}
        {%- set made = figure_of_cube(entry, figure) -%}
        {%- do made.update({'relation': with_residents(cube) if figure.join else cube}) -%}
        {%- do figures.append(made) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(figures) }}
{% endmacro %}

{# The rows of one figure: a cell of its cube each, of those that have it. #}
{% macro rows_of_figure(figure) -%}
select scope_type, scope_id, area, period_type, period_start
{%- for column, expression in figure.columns.items() %}, {{ expression }} as {{ column }}{% endfor %} from {{ figure.relation }} where {{ figure.is_told }}
{%- endmacro %}

{# One figure as SQL over its cube: {columns: {column: expression}, is_told: whether a cell has the figure}. #}
{% macro figure_of_cube(entry, figure) %}
{%- if entry.protect == 'none' and figure.persons -%}
    {{ exceptions.raise_compiler_error(entry.id ~ ' protects nobody and counts persons') }}
{%- endif -%}
{%- set condition = figure.applicable -%}
{%- set numerator = applicable_only(figure.numerator, condition) -%}
{%- set denominator = applicable_only(figure.denominator, condition) -%}
{%- if figure.value -%}
    {%- set value = figure.value -%}
{%- elif figure.denominator -%}
    {%- set value = 'cast(' ~ numerator ~ ' as double) / nullif(cast(' ~ denominator ~ ' as double), 0)' -%}
{%- else -%}
    {%- set value = numerator -%}
{%- endif -%}
{%- if figure.status -%}
    {%- set status = figure.status -%}
{%- else -%}
    {%- set rules = [] -%}
    {%- if condition -%}{%- do rules.append('when not ' ~ condition ~ " then 'not_applicable'") -%}{%- endif -%}
    {%- if figure.missing -%}
        {%- do rules.append('when ' ~ figure.value ~ " is null then '" ~ figure.missing ~ "'") -%}
    {%- elif figure.denominator -%}
        {%- do rules.append('when coalesce(' ~ figure.denominator ~ ", 0) = 0 then 'denominator_missing'") -%}
    {%- endif -%}
    {%- set status = 'case ' ~ rules | join(' ') ~ " else 'ok' end" if rules else "'ok'" -%}
{%- endif -%}
{%- set told = ["scope_type in ('" ~ (figure.scopes or entry.scopes) | join("', '") ~ "')"] -%}
{%- if entry.periods -%}{%- do told.append("period_type in ('" ~ entry.periods | join("', '") ~ "')") -%}{%- endif -%}
{%- if not entry.area -%}{%- do told.append("area = 'ALL'") -%}{%- endif -%}
{%- if figure.part -%}{%- do told.append("part = '" ~ figure.part ~ "'") -%}{%- endif -%}
{%- if figure.filter -%}{%- do told.append(figure.filter) -%}{%- endif -%}
{%- set interval = figure.interval or {} -%}
{{ return({
    'columns': {
        'indicator_id': "'" ~ entry.id ~ "'",
        'item': figure.item or "'ALL'",
        'population_group': 'population_group' if figure.by_group else "'ALL'",
        'numerator': 'cast(' ~ (numerator or 'null') ~ ' as decimal(24, 4))',
        'denominator': 'cast(' ~ (denominator or 'null') ~ ' as decimal(24, 4))',
        'value': 'cast(' ~ value ~ ' as double)',
        'ci_low': 'cast(' ~ (interval.low or 'null') ~ ' as double)',
        'ci_high': 'cast(' ~ (interval.high or 'null') ~ ' as double)',
        'n_persons': 'cast(' ~ (applicable_only(figure.persons, condition) or 'null') ~ ' as bigint)',
        'status': status,
    },
    'is_told': told | join(' and '),
}) }}
{% endmacro %}

{% macro applicable_only(expression, condition) %}
{{ return('case when ' ~ condition ~ ' then ' ~ expression ~ ' end' if expression and condition else expression) }}
{% endmacro %}

{# A cube with the residents of each cell's scope beside it. #}
{% macro with_residents(cube) -%}
(
        select cells.*, residents.residents
        from {{ cube }} as cells
        left join {{ ref('int_residents__by_scope') }} as residents
            on cells.scope_type = residents.scope_type and cells.scope_id = residents.scope_id
    ) as cells
{%- endmacro %}

{# Several rows made of one: `rows` is a list of {column: expression}, all with the same columns. #}
{% macro unnested(rows) %}{{ return(adapter.dispatch('unnested')(rows)) }}{% endmacro %}

{% macro duckdb__unnested(rows) -%}
unnest([
    {%- for row in rows %}
    {{- '\n    ' if loop.index0 % (4 if row | length < 4 else 1) == 0 else ' ' }}
    {{- '{' }}{% for column, expression in row.items() %}{{ column }}: {{ expression }}{{ ', ' if not loop.last }}{% endfor %}{{ '}' }}{{ ',' if not loop.last }}
    {%- endfor %}
], recursive := true)
{%- endmacro %}

{% macro spark__unnested(rows) -%}
inline(array(
    {%- for row in rows %}
    named_struct({% for column, expression in row.items() %}'{{ column }}', {{ expression }}{{ ', ' if not loop.last }}{% endfor %}){{ ',' if not loop.last }}
    {%- endfor %}
))
{%- endmacro %}

{# Which entities of the contract an indicator needs besides those that every full export lists, as one text that names
   the set: {indicator_id: text}. #}
{% macro indicator_needs() %}
{%- set needs = {} -%}
{%- for indicator_id, entry in indicator_registry().items() -%}
    {%- do needs.update({indicator_id: entry.get('entities', []) | sort | join('+')}) -%}
{%- endfor -%}
{{ return(needs) }}
{% endmacro %}
