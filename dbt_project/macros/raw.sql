{# The committed exports of one entity or technical table. Only folders that a rename has committed are read. The empty
   file of the same schema comes first: alone before the first export, and for the columns that a later version of the
   contract added, which files written before have not got.

   An incremental build reads the files of the changed instances; with new_exports_only, for a relation that keeps what it
   has read, those of the exports that came since, and of the instances whose exports were rewritten. #}
{% macro raw(table, new_exports_only=false) %}{{ return(adapter.dispatch('raw')(table, new_exports_only)) }}{% endmacro %}

{% macro duckdb__raw(table, new_exports_only) %}
    {%- set folder = env_var('VETRO_RAW') -%}
    {%- set patterns = [] -%}
    {%- for exports in exports_to_read(new_exports_only) -%}
        {%- do patterns.append(folder ~ '/' ~ exports ~ '/' ~ table ~ '.parquet') -%}
    {%- endfor -%}
    {%- set committed = committed_files(patterns) -%}
    {%- if new_exports_only and committed and config.get('incremental_strategy') == 'replace_records' and is_incremental() -%}
        {%- set patterns = [] -%}
        {%- for instance in instances_of_removed_records(committed) -%}
            {%- do patterns.append(folder ~ '/instance=' ~ instance ~ '/export=*/' ~ table ~ '.parquet') -%}
        {%- endfor -%}
        {%- set committed = (committed + committed_files(patterns)) | unique | list -%}
    {%- endif -%}
    (select *, cast(null as varchar) as instance, cast(null as varchar) as export
     from read_parquet('{{ folder }}/.schema/{{ table }}.parquet')
    {%- if committed %}
     union all by name
     select * from read_parquet(
         ['{{ committed | join("', '") }}'], hive_partitioning = true, hive_types_autocast = false, union_by_name = true)
    {%- endif -%})
{% endmacro %}

{% macro spark__raw(table, new_exports_only) -%}
    raw_{{ table }}
{%- endmacro %}

{# The files of these patterns. The pattern of a full build stands for its many files, where there are any. #}
{% macro committed_files(patterns) %}
    {%- if not execute or not patterns -%}{{ return([]) }}{%- endif -%}
    {%- set files = run_query("select file from glob(['" ~ patterns | join("', '") ~ "']) order by file").columns[0].values() | list -%}
    {{ return(files if is_incremental() or not files else patterns) }}
{% endmacro %}

{# The instances of which these files tell something of a record that was removed. What removed it does not stand in the
   relation, so which version is the last one has to be found again from all of them. #}
{% macro instances_of_removed_records(files) %}
    {{ return(run_query(
        "select distinct instance from read_parquet(['" ~ files | join("', '") ~ "'], hive_partitioning = true, "
        ~ "hive_types_autocast = false, union_by_name = true) as told inner join " ~ this ~ " as standing "
        ~ "on told.instance = standing.instance_id and told.record_id = standing.record_id where standing.is_removed"
    ).columns[0].values() | list) }}
{% endmacro %}

{# Which pseudonyms stand for somebody else's, as `ingestion` resolved them before the build. #}
{% macro raw_merges() %}{{ return(adapter.dispatch('raw_merges')()) }}{% endmacro %}

{% macro duckdb__raw_merges() -%}
    read_parquet('{{ env_var('VETRO_RAW') }}/.merges/subject_merge.parquet')
{%- endmacro %}

{% macro spark__raw_merges() -%}
    raw_subject_merge
{%- endmacro %}

{# What people corrected, as `ingestion` checked it before the build. #}
{% macro raw_corrections() %}{{ return(adapter.dispatch('raw_corrections')()) }}{% endmacro %}

{% macro duckdb__raw_corrections() -%}
    read_parquet('{{ env_var('VETRO_RAW') }}/.corrections.parquet')
{%- endmacro %}

{% macro spark__raw_corrections() -%}
    raw_corrections
{%- endmacro %}

{# Reference data: one Parquet file a table. #}
{% macro reference(table) %}{{ return(adapter.dispatch('reference')(table)) }}{% endmacro %}

{% macro duckdb__reference(table) -%}
    read_parquet('{{ env_var('VETRO_REFERENCE') }}/{{ table }}.parquet')
{%- endmacro %}

{% macro spark__reference(table) -%}
    reference_{{ table }}
{%- endmacro %}

{# What was tried and loaded nothing: one JSON file an attempt. #}
{% macro raw_attempts() %}{{ return(adapter.dispatch('raw_attempts')()) }}{% endmacro %}

{% macro duckdb__raw_attempts() %}
    {%- set attempts = env_var('VETRO_RAW') ~ '/.attempts/*/*.json' -%}
    {%- set columns = "columns = {instance_id: 'varchar', export_id: 'varchar', attempt: 'bigint', status: 'varchar', "
        ~ "sequence: 'bigint', attempted_at: 'varchar', manifest_sha256: 'varchar', error_count: 'bigint', codes: 'varchar[]'}" -%}
    {%- if execute and run_query("select count(*) from glob('" ~ attempts ~ "')").rows[0][0] > 0 -%}
        (select * exclude (codes), array_to_string(list_sort(codes), ' ') as codes from read_json('{{ attempts }}', {{ columns }}))
    {%- else -%}
        (select cast(null as varchar) as instance_id, cast(null as varchar) as export_id, cast(null as bigint) as attempt,
                cast(null as varchar) as status, cast(null as bigint) as sequence, cast(null as varchar) as attempted_at,
                cast(null as varchar) as manifest_sha256, cast(null as bigint) as error_count, cast(null as varchar) as codes
         where false)
    {%- endif -%}
{% endmacro %}

{% macro spark__raw_attempts() -%}
    raw_attempts
{%- endmacro %}
