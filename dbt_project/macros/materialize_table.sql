{# A table is replaced by the statement that computes it.

   The adapter's own way builds under another name, renames twice and drops what was there: seven statements a model for
   what DuckDB does in one, atomically. No table here has indexes, foreign keys or grants, which only that way keeps. #}
{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- call replaced_in_place('table') -%}
    {{ create_table_as(False, target_relation, compiled_code) }}
    {%- endcall %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# Execute the statement in the body of the call, which replaces this model's relation. What stood there as another kind of
   relation goes first. #}
{% macro replaced_in_place(kind) %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set replacing = caller() -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and existing.type != kind %}
    {{ drop_relation_if_exists(existing) }}
    {%- endif %}
    {%- call statement('main') -%}
    {{ replacing }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
{% endmacro %}
