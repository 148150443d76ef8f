{# The columns of an organisation that a correction may replace, with their types. #}
{% macro organisation_corrections() %}
{{ return({
    'name': 'varchar',
    'kind': 'varchar',
    'tax_code': 'varchar',
    'vat_number': 'varchar',
    'runts_number': 'varchar',
    'ipa_code': 'varchar',
    'istat_comune': 'varchar',
    'parent_organisation_id': 'varchar',
    'parent_from': 'date',
    'parent_to': 'date',
    'is_public_body': 'boolean',
    'active_from': 'date',
    'active_to': 'date',
}) }}
{% endmacro %}

{# `present` with what `corrections` say of it: one row per record, its lines and its texts side by side. #}
{% macro corrected_columns(columns, present='present', corrections='corrections') -%}
    {{ present }}.* {% if target.type == 'duckdb' %}exclude{% else %}except{% endif %} ({{ columns.keys() | join(', ') }}),
    {%- for column, kind in columns.items() %}
    case
        when {{ corrections }}.{{ column }}_line is null then {{ present }}.{{ column }}
        else cast({{ corrections }}.{{ column }} as {{ kind }})
    end as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
