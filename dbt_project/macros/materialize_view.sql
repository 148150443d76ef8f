{# A view is replaced by the statement that says what it is.

   The adapter's own way makes it under another name and renames twice. Its columns and types are held against the contract
   whenever it is made: nothing casts them afterwards. #}
{% materialization view, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- call replaced_in_place('view') -%}
    {%- if config.get('contract').enforced %}
    {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif %}
    create or replace view {{ target_relation }} as (
        {{ compiled_code }}
    )
    {%- endcall %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
