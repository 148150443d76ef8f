{# Which rows count for which cells: what a cube declares in its .yml, config.meta.cube.

   contributions   the model whose rows count; none where the SQL of the cube itself puts its rows together
   rows            SQL: which of them; all where there is none
   day             the column of the day on which a contribution counts
   area            the column of the ISTAT area of need, or none
   scopes          types of scope, or {type: column} where a column is named otherwise than in scope_columns (dbt_project.yml);
                   rows where the column is null belong to none of that type
   keys            {column: SQL} that keep cells apart
   columns         {column: SQL}: what the SQL of the cube names otherwise than the contributions do
   periods         types of period, where not all
   running         cells hold all rows so far, not those of the period alone
   gives           the columns of the cube that such rows give, where these are worked out elsewhere
   parts           {part: any of the above}, where a cube has rows of several kinds
   without_rows    why no rows are named for its figures

   Disclosure control and `vetro trace` read the same declaration (publication/cubes.py). #}

{# What a model, or a part of it, declares, with {relation} to select from and scopes as {scope_type: SQL of scope_id}. #}
{% macro counted(name, part=none) %}
{%- set declared = cube_declarations()[name] -%}
{%- set own = dict(declared, **(declared.parts[part] if part else {})) -%}
{%- if own.contributions -%}
    {%- set rows = ref(own.contributions) -%}
    {%- do own.update({'relation': '(select * from ' ~ rows ~ ' where ' ~ own.rows ~ ')' if own.rows else rows}) -%}
{%- endif -%}
{%- do own.update({'scopes': scope_expressions(own.scopes)}) -%}
{{ return(own) }}
{% endmacro %}

{# {scope_type: SQL of scope_id} from a list of types of scope, or from such a mapping where a name differs. #}
{% macro scope_expressions(scopes) %}
{%- if scopes is mapping -%}{{ return(scopes) }}{%- endif -%}
{%- set expressions = {} -%}
{%- for scope_type in scopes -%}{%- do expressions.update({scope_type: var('scope_columns')[scope_type]}) -%}{%- endfor -%}
{{ return(expressions) }}
{% endmacro %}
