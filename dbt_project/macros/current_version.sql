{# The present state of a reference or state entity, from the rows of its exports: one row per instance and record.
   The highest row_version wins, then the latest updated_at, then the later export. A tombstone removes the record from
   the present: is_removed is then true and the attributes are the last ones known.

   In an incremental build `versions` has the exports that came since, and what stands of the same records is one version
   more: the one that was the last until now. #}
{% macro current_version(versions) %}
select
    version.* {% if target.type == 'duckdb' %}exclude{% else %}except{% endif %} (op, sequence, winner_rank, attribute_rank, last_op),
    last_op = 'D' as is_removed
from (
    select
        ranked.*,
        max(case when winner_rank = 1 then op end) over (partition by instance_id, record_id) as last_op
    from (
        select
            record.*,
            export.sequence,
            row_number() over (
                partition by record.instance_id, record.record_id
                order by record.row_version desc, record.updated_at desc, export.sequence desc
            ) as winner_rank,
            row_number() over (
                partition by record.instance_id, record.record_id
                order by case when record.op = 'U' then 0 else 1 end, record.row_version desc, record.updated_at desc,
                    export.sequence desc
            ) as attribute_rank
        from {{ versions_with_standing(versions) }} as record
        inner join {{ ref('stg_export') }} as export
            on record.instance_id = export.instance_id and record.export_id = export.export_id
    ) as ranked
) as version
where attribute_rank = 1
{% endmacro %}

{% macro versions_with_standing(versions) %}
    {%- if not is_incremental() -%}{{ return(versions) }}{%- endif -%}
    {%- set columns = [] -%}
    {%- for column in adapter.get_columns_in_relation(this) if column.name != 'is_removed' -%}
        {%- do columns.append(column.quoted) -%}
    {%- endfor -%}
    (
        select op, {{ columns | join(', ') }} from {{ versions }}
        union all
        select 'U' as op, {{ columns | join(', ') }} from {{ this }} as standing
        where not is_removed and exists (
            select 1 from {{ versions }} as version
            where version.instance_id = standing.instance_id and version.record_id = standing.record_id
        )
    )
{% endmacro %}
