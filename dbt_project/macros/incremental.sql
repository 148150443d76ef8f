{# The day asked for with VETRO_AS_OF, or nothing. Read only while running: a change must not cost a new parse. #}
{% macro as_of_asked() %}{{ return(env_var('VETRO_AS_OF', '') if execute else '') }}{% endmacro %}

{# The instances whose committed exports differ from those of the last complete build, as the caller found them
   (VETRO_CHANGED_INSTANCES, comma-separated); none when nobody says so, and then every instance counts as changed. #}
{% macro changed_instances() %}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {%- set named = env_var('VETRO_CHANGED_INSTANCES', 'all') -%}
    {{ return(none if named == 'all' else named.split(',') | select | list) }}
{% endmacro %}

{# The condition that a row belongs to a changed instance; always true in a full build. #}
{% macro in_changed_instances(column) -%}
    {%- set changed = changed_instances() -%}
    {%- if not is_incremental() or changed is none -%} true
    {%- elif changed | length == 0 -%} false
    {%- else -%} {{ column }} in ('{{ changed | join("', '") }}')
    {%- endif -%}
{%- endmacro %}

{# A comma-separated setting of the caller as a list. Read only while running: a change must not cost a new parse. #}
{% macro named_in(setting) %}
    {{ return(env_var(setting, '').split(',') | select | list if execute else []) }}
{% endmacro %}

{# The folders of the exports that an incremental model reads, as patterns below the raw layer: in a full build all of them;
   else those of the changed instances, or, for a relation that keeps what it has read, the exports that came since
   (VETRO_NEW_EXPORTS) and all of the instances whose exports are no longer what they were (VETRO_REWRITTEN_INSTANCES). #}
{% macro exports_to_read(new_exports_only) %}
    {%- if not is_incremental() or changed_instances() is none -%}{{ return(['instance=*/export=*']) }}{%- endif -%}
    {%- set whole = named_in('VETRO_REWRITTEN_INSTANCES') if new_exports_only else changed_instances() -%}
    {%- set folders = named_in('VETRO_NEW_EXPORTS') if new_exports_only else [] -%}
    {%- for instance in whole -%}{%- do folders.append('instance=' ~ instance ~ '/export=*') -%}{%- endfor -%}
    {{ return(folders) }}
{% endmacro %}

{# Before an incremental model of rows of instances: those of the changed instances go; they are all computed again. #}
{% macro drop_changed_instances() %}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ in_changed_instances('instance_id') }}
    {%- endif -%}
{% endmacro %}

{# Before a relation that keeps what it has read: what it has of rewritten instances goes, and is read again. #}
{% macro drop_rewritten_instances() %}
    {%- set rewritten = named_in('VETRO_REWRITTEN_INSTANCES') -%}
    {%- if is_incremental() and changed_instances() is none -%}
        delete from {{ this }}
    {%- elif is_incremental() and rewritten -%}
        delete from {{ this }} where instance_id in ('{{ rewritten | join("', '") }}')
    {%- endif -%}
{% endmacro %}

{# The strategy of the present versions of records: what is computed anew takes the place of what stood of the same record. #}
{% macro get_incremental_replace_records_sql(arguments) %}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments.target_relation }} as standing
    using {{ arguments.temp_relation }} as present
    where standing.instance_id = present.instance_id and standing.record_id = present.record_id;
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{% endmacro %}

{# The strategy of tables of which a build computes what was touched: rows of the same key are replaced by what is there
   now. A row without area says that the key was touched, also where nothing is left of it. #}
{% macro get_incremental_replace_touched_sql(arguments) %}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments.target_relation }} as standing
    using (select distinct {{ arguments.unique_key | join(', ') }} from {{ arguments.temp_relation }}) as touched
    where
    {%- for column in arguments.unique_key %}
        {{ 'and' if not loop.first }} standing.{{ column }} = touched.{{ column }}
    {%- endfor %};
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
    where area is not null
{% endmacro %}
