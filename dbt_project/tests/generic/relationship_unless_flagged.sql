{# A fact's key is in the dimension, but for rows that are flagged because the record has not been seen yet. #}
{% test relationship_unless_flagged(model, column_name, to, field, entity) %}
select
    fact.instance_id,
    fact.record_id
from {{ model }} as fact
left join {{ to }} as dimension on fact.{{ column_name }} = dimension.{{ field }}
left join {{ ref('flag') }} as flag
    on fact.instance_id = flag.instance_id
    and fact.record_id = flag.record_id
    and flag.entity = '{{ entity }}'
    and flag.code = 'reference_missing'
where fact.{{ column_name }} is not null and dimension.{{ field }} is null and flag.code is null
{% endtest %}
