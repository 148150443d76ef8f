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
