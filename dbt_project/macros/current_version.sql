{# The present state of a reference or state entity, from the rows of its exports: one row per instance and record.
   The highest row_version wins, then the latest updated_at, then the later export. A tombstone removes the record from
   the present: is_removed is then true and the attributes are the last ones known. #}
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
        from {{ versions }} as record
        inner join {{ ref('stg_export') }} as export
            on record.instance_id = export.instance_id and record.export_id = export.export_id
    ) as ranked
) as version
where attribute_rank = 1
{% endmacro %}
