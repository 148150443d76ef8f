{# A table that stands, and of which a build writes what changed.

   The adapter's own way writes the rows aside, compares columns and types and asks for grants and indexes before it
   inserts: eight statements a model. Here a changed model always means a full build, so the columns are those of before,
   and rows are inserted by the statement that computes them; only a strategy that replaces rows has to put them aside. #}
{% materialization incremental, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set strategy = config.require('incremental_strategy') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and not existing.is_table %}
        {{ drop_relation_if_exists(existing) }}
        {%- set existing = none -%}
    {%- endif %}
    {%- if existing is none or should_full_refresh() %}
        {%- call statement('main') -%}
        {{ create_table_as(False, target_relation, compiled_code) }}
        {%- endcall %}
    {%- elif strategy == 'append' %}
        {%- call statement('main') -%}
        insert into {{ target_relation }} by name ({{ contracted(compiled_code) }})
        {%- endcall %}
    {%- else %}
        {%- set temp_relation = make_temp_relation(target_relation) -%}
        {%- do run_query(create_table_as(True, temp_relation, compiled_code)) -%}
        {%- set replacing = adapter.get_incremental_strategy_macro(context, strategy) -%}
        {%- call statement('main') -%}
        {{ replacing({
            'target_relation': target_relation,
            'temp_relation': temp_relation,
            'unique_key': config.require('unique_key'),
            'dest_columns': adapter.get_columns_in_relation(target_relation),
        }) }}
        {%- endcall %}
        {%- do run_query('drop table ' ~ temp_relation.include(database=False, schema=False)) -%}
    {%- endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
