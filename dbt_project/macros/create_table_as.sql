{# The query of a model, each column cast to its contracted type where it has a contract. #}
{% macro contracted(compiled_code) %}
    {%- if config.get('contract').enforced %}
    select
        {%- for column in model.columns.values() %}
        {%- set name = adapter.quote(column.name) %}
        cast({{ name }} as {{ column.data_type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ compiled_code }}
    ) as contracted
    {%- else %}
        {{ compiled_code }}
    {%- endif %}
{% endmacro %}

{# A table under contract is written by the query that computes it, each column cast to its contracted type.

   The adapter's own way, to create the table empty and insert into it, writes every row twice and takes half as
   long again on DuckDB. No model has constraints, which only that way could enforce: data tests do. That the query and
   the contract have the same columns and types is asked in full builds, since a changed model always means one. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) %}
    {%- if config.get('contract').enforced and flags.FULL_REFRESH %}
    {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif %}
    create {{ 'temporary' if temporary else 'or replace' }} table {{ relation.include(database=(not temporary), schema=(not temporary)) }} as (
        {{ contracted(compiled_code) }}
    )
{% endmacro %}
