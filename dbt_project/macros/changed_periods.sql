{# What an incremental build of cells has to compute again, found from the contributing rows themselves.

   Every period of a scope keeps a fingerprint of the rows that contribute to it. A build fingerprints the rows of now;
   where the two differ the period has changed. Whatever changed a row, its own export, a person known better elsewhere, a
   day that moved on, is seen, and nothing has to be said about it. #}

{# The fingerprint of one row of a relation, by the name the relation has in the query. #}
{% macro row_fingerprint(relation) %}{{ return(adapter.dispatch('row_fingerprint')(relation)) }}{% endmacro %}

{% macro duckdb__row_fingerprint(relation) -%}
    cast(hash({{ relation }}) % 2305843009213693951 as bigint)
{%- endmacro %}

{% macro spark__row_fingerprint(relation) -%}
    pmod(xxhash64(struct({{ relation }}.*)), 2305843009213693951)
{%- endmacro %}

{# The fingerprint of many rows, from those of the rows or from those of parts of them: a sum that stays a bigint. #}
{% macro fingerprint(row_fingerprint='row_fingerprint') -%}
    cast(sum({{ row_fingerprint }}) % 2305843009213693951 as bigint)
{%- endmacro %}

{# The relation changed_periods, one row per scope x period to compute again.

   rows_of_now   the fingerprints of the rows of now, or of parts of them: scope_type, scope_id, period_type, period_start,
                 fingerprint
   The fingerprints of before stand in the table itself, with its cells of all areas. #}
{% macro touched_relation(rows_of_now) %}
rows_now as (
    select scope_type, scope_id, period_type, period_start, {{ fingerprint('fingerprint') }} as fingerprint
    from {{ rows_of_now }}
    group by scope_type, scope_id, period_type, period_start
),

rows_before as (
    select scope_type, scope_id, period_type, period_start, {{ fingerprint('fingerprint') }} as fingerprint
    from {{ this }}
    where area = 'ALL'
    group by scope_type, scope_id, period_type, period_start
),

changed_periods as (
    select
        coalesce(rows_now.scope_type, rows_before.scope_type) as scope_type,
        coalesce(rows_now.scope_id, rows_before.scope_id) as scope_id,
        coalesce(rows_now.period_type, rows_before.period_type) as period_type,
        coalesce(rows_now.period_start, rows_before.period_start) as period_start
    from rows_now
    full outer join rows_before
        on rows_now.scope_type = rows_before.scope_type
        and rows_now.scope_id = rows_before.scope_id
        and rows_now.period_type = rows_before.period_type
        and rows_now.period_start = rows_before.period_start
    where
        rows_now.fingerprint is null
        or rows_before.fingerprint is null
        or rows_now.fingerprint <> rows_before.fingerprint
)
{% endmacro %}

{# The join that keeps the rows of changed scopes and periods. #}
{% macro join_touched(rows_of_cells, scope_type, scope_id, period_type, period_start) -%}
inner join changed_periods on changed_periods.scope_type = '{{ scope_type }}' and changed_periods.scope_id = {{ scope_id }} and changed_periods.period_type = '{{ period_type }}' and changed_periods.period_start = {{ period_start }}
{%- endmacro %}
