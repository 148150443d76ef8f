{# The day asked for with VETRO_AS_OF, or nothing. Read only while running: a change must not cost a new parse. #}
{% macro as_of_asked() %}{{ return(env_var('VETRO_AS_OF', '') if execute else '') }}{% endmacro %}

{# A comma-separated setting of the caller as a list. Read only while running: a change must not cost a new parse. #}
{% macro named_in(setting) %}
    {{ return(env_var(setting, '').split(',') | select | list if execute else []) }}
{% endmacro %}

{# The instances whose committed exports differ from those of the last complete build, as the caller found them
   (VETRO_CHANGED_INSTANCES, comma-separated); none when nobody says so, and then every instance counts as changed. #}
{% macro changed_instances() %}
    {%- if not execute or env_var('VETRO_CHANGED_INSTANCES', 'all') == 'all' -%}{{ return(none) }}{%- endif -%}
    {{ return(named_in('VETRO_CHANGED_INSTANCES')) }}
{% endmacro %}

{# Those of them of which an export that was read is gone or other than it was (VETRO_REWRITTEN_INSTANCES); none as above. #}
{% macro rewritten_instances() %}
    {{ return(none if changed_instances() is none else named_in('VETRO_REWRITTEN_INSTANCES')) }}
{% endmacro %}

{# The condition that a row belongs to one of these instances: none stands for all of them. #}
{% macro in_instances(column, instances) -%}
    {%- if instances is none -%} true
    {%- elif instances | length == 0 -%} false
    {%- else -%} {{ column }} in ('{{ instances | join("', '") }}')
    {%- endif -%}
{%- endmacro %}

{# The condition that a row belongs to a changed instance; always true in a full build. #}
{% macro in_changed_instances(column) -%}
    {{ in_instances(column, changed_instances() if is_incremental() else none) }}
{%- endmacro %}

{# The folders of the exports that an incremental model reads, as patterns below the raw layer: in a full build all of them;
   else those of the changed instances, or, for a relation that keeps what it has read, the exports that came since
   (VETRO_NEW_EXPORTS) and all of the rewritten instances. #}
{% macro exports_to_read(new_exports_only) %}
    {%- if not is_incremental() or changed_instances() is none -%}{{ return(['instance=*/export=*']) }}{%- endif -%}
    {%- set whole = rewritten_instances() if new_exports_only else changed_instances() -%}
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
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ in_instances('instance_id', rewritten_instances()) }}
    {%- endif -%}
{% endmacro %}

{# The strategy of the present versions of records: what is computed anew takes the place of what stood of the same record. #}
{% macro get_incremental_replace_records_sql(arguments) %}{{ replaced_by_key(arguments) }}{% endmacro %}

{# The strategy of tables of which a build computes what changed: rows of the same key are replaced by what is there
   now. A row without area says that the key changed, also where nothing is left of it. #}
{% macro get_incremental_replace_touched_sql(arguments) %}{{ replaced_by_key(arguments, only='area is not null') }}{% endmacro %}

{% macro replaced_by_key(arguments, only='true') %}
    {%- set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') -%}
    delete from {{ arguments.target_relation }} as standing
    using (select distinct {{ arguments.unique_key | join(', ') }} from {{ arguments.temp_relation }}) as computed
    where
    {%- for column in arguments.unique_key %}
        {{ 'and' if not loop.first }} standing.{{ column }} = computed.{{ column }}
    {%- endfor %};
    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
    where {{ only }}
{% endmacro %}
