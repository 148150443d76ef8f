{# The join to int_organisation__chain of a row dated `day`, whose organisation is `organisation_id`: the chain's end on that day. #}
{% macro on_chain_end(row, organisation_id, day, chain='chain') -%}
    {{ row }}.instance_id = {{ chain }}.instance_id
    and {{ row }}.{{ organisation_id }} = {{ chain }}.record_id
    and {{ row }}.{{ day }} between {{ chain }}.valid_from and {{ chain }}.valid_to
    and ({{ chain }}.next_from is null or {{ row }}.{{ day }} not between {{ chain }}.next_from and {{ chain }}.next_to)
{%- endmacro %}

{# The two scopes of a row joined so. #}
{% macro affiliation_scopes(chain='chain') -%}
    case when {{ chain }}.end_kind = 'CONSORTIUM' then {{ chain }}.end_tax_code end as consortium_tax_code,
    case when {{ chain }}.end_kind = 'ATS' then {{ chain }}.end_tax_code end as ats_tax_code
{%- endmacro %}
