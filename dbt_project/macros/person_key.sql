{# The key of a person across instances: the same pseudonym, which says the kind of identifier too, is the same person;
   without an identifier the person stays within the instance, as does a person of whom only the id on another record is
   known. #}
{% macro person_key(id_pseudonym, instance_id, record_id) -%}
    case
        when {{ id_pseudonym }} is not null then md5(concat_ws('|', 'identifier', {{ id_pseudonym }}))
        else md5(concat_ws('|', 'record', {{ instance_id }}, {{ record_id }}))
    end
{%- endmacro %}

{# The key on a fact: the person's if the record was seen, else one within the instance; nobody after an erasure. #}
{% macro fact_person_key(fact, person) -%}
    case
        when {{ fact }}.person_id is null then null
        else coalesce({{ person }}.person_key, md5(concat_ws('|', 'record', {{ fact }}.instance_id, {{ fact }}.person_id)))
    end
{%- endmacro %}
