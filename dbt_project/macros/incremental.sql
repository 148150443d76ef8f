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

{# Where the rows that an incremental fact loses, and the months that it changes, are kept for the cells after it. #}
{% macro build_relation(prefix, model) %}
    {{ return(api.Relation.create(database=this.database, schema='intermediate', identifier=prefix ~ '__' ~ model)) }}
{% endmacro %}

{# Before an incremental model: the rows of the changed instances go; they are all computed again. #}
{% macro drop_changed_instances(keep_before=false) %}
    {%- if is_incremental() -%}
        {%- if keep_before %}
        create or replace table {{ build_relation('before', this.identifier) }} as
        select * from {{ this }} where {{ in_changed_instances('instance_id') }};
        {%- endif %}
        delete from {{ this }} where {{ in_changed_instances('instance_id') }}
    {%- endif -%}
{% endmacro %}

{# The day on which the rows of a fact count. #}
{% macro fact_day(fact) %}
{%- set days = {
    'fct_service_delivery': 'start_date',
    'fct_voucher_event': 'event_on',
    'fct_payment': 'value_date',
    'fct_grant_line': 'entry_date',
    'fct_plan_movement': 'event_date',
    'fct_measurement': 'measured_on',
    'fct_allocation': 'source_date',
    'fct_request': 'received_on',
    'fct_assessment': 'assessed_on',
    'fct_booking': 'start_on',
    'fct_application': 'submitted_on',
} -%}
{{ return(days[fact]) }}
{% endmacro %}

{# After an incremental fact: the months in which any of its rows differs from before. #}
{% macro note_touched_months() %}
    {%- set day = fact_day(this.identifier) -%}
    {%- set touched = build_relation('touched', this.identifier) -%}
    {%- if is_incremental() %}
        {%- set before = build_relation('before', this.identifier) %}
        create or replace table {{ touched }} as
        select distinct {{ period_start('month', day) }} as month_start
        from (
            (select * from {{ before }} except select * from {{ this }} where {{ in_changed_instances('instance_id') }})
            union all
            (select * from {{ this }} where {{ in_changed_instances('instance_id') }} except select * from {{ before }})
        ) as changed
        where {{ day }} is not null;
        drop table {{ before }}
    {%- else %}
        create or replace table {{ touched }} as
        select distinct {{ period_start('month', day) }} as month_start from {{ this }} where {{ day }} is not null
    {%- endif %}
{% endmacro %}

{# Before the calendar moves on: the last day that the previous build knew. #}
{% macro keep_as_of_before() %}
    {%- set current = load_relation(this) -%}
    {%- if current is not none %}
    create or replace table {{ build_relation('before', 'as_of') }} as select as_of from {{ current }}
    {%- else %}
    create or replace table {{ build_relation('before', 'as_of') }} as select cast(null as date) as as_of
    {%- endif %}
{% endmacro %}

{# The periods that an incremental build has to compute again: those of the touched months, and those that have begun
   since the previous build, for rows that were dated ahead of it. #}
{% macro touched_periods(facts) %}
{%- for period_type in period_types() %}
{%- for fact in facts %}
select '{{ period_type }}' as period_type, {{ period_start(period_type, 'month_start') }} as period_start
from {{ build_relation('touched', fact) }}
union
{%- endfor %}
{%- endfor %}
select period_type, period_start
from {{ ref('int_calendar__periods') }}
where period_start > (select as_of from {{ build_relation('before', 'as_of') }})
{% endmacro %}

{# Before incremental cells: those of the touched periods go. #}
{% macro drop_touched_periods(facts) %}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where exists (
            select 1
            from ({{ touched_periods(facts) }}) as touched
            where touched.period_type = {{ this.identifier }}.period_type
                and touched.period_start = {{ this.identifier }}.period_start
        )
    {%- endif -%}
{% endmacro %}
