{# Who delivers, in the four groups of the public tables. Kinds are as registered today; an organisation that nobody knows is other. #}
{% macro provider_group(organisation) -%}
    case
        when {{ organisation }}.is_public_body or {{ organisation }}.kind in ('MUNICIPALITY', 'ATS') then 'public'
        when {{ organisation }}.kind in ('PROVIDER_COOP', 'CONSORTIUM') then 'cooperative'
        when {{ organisation }}.kind in ('OTHER_ETS', 'FOUNDATION') then 'other_ets'
        else 'other'
    end
{%- endmacro %}
