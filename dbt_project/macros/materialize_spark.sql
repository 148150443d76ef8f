{# On Spark every model is a table of Parquet that is computed whole: without a table format that takes deletions a part of
   one cannot be replaced. What is kept between builds on DuckDB is computed anew from the raw layer here, to the same rows. #}
{% materialization table, adapter='spark' %}{{ return(written_whole()) }}{% endmaterialization %}
{% materialization incremental, adapter='spark' %}{{ return(written_whole()) }}{% endmaterialization %}
{% materialization view, adapter='spark' %}{{ return(written_whole()) }}{% endmaterialization %}

{% macro written_whole() %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- do run_query('drop table if exists ' ~ target_relation) -%}
    {%- call statement('main') -%}
    {{ create_table_as(False, target_relation, compiled_code) }}
    {%- endcall %}
    {{ return({'relations': [target_relation]}) }}
{% endmacro %}

{# Spark's text has no other name than string: its varchar asks for a length. #}
{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') %}
    create table {{ relation }} using parquet as
    {{ modules.re.sub('\\bvarchar\\b', 'string', contracted(compiled_code)) }}
{% endmacro %}
