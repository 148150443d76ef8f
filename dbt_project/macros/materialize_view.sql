{# A view is replaced by the statement that says what it is; what stood in its place as a table goes first.

   The adapter's own way makes it under another name and renames twice. Its columns and types are held against the contract
   whenever it is made: nothing casts them afterwards. #}
{% materialization view, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and not existing.is_view %}
    {{ drop_relation_if_exists(existing) }}
    {%- endif %}
    {%- call statement('main') -%}
    {%- if config.get('contract').enforced %}
    {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif %}
    create or replace view {{ target_relation }} as (
        {{ compiled_code }}
    )
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
