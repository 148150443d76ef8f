{{ config(tags=['reference']) }}
{%- for indicator_id, entry in indicator_registry().items() %}
{{ 'union all' if not loop.first }}
select
    '{{ indicator_id }}' as indicator_id,
    '{{ entry.domain }}' as domain,
    '{{ entry.unit }}' as unit,
    '{{ entry.kind }}' as kind,
    '{{ entry.it | replace("'", "''") }}' as name_it,
    '{{ entry.en | replace("'", "''") }}' as name_en,
    '{{ entry.numerator | string | replace("'", "''") }}' as numerator,
    {{ "'" ~ (entry.denominator | replace("'", "''")) ~ "'" if entry.denominator else "cast(null as varchar)" }} as denominator,
    {{ "'" ~ (entry.note | replace("'", "''")) ~ "'" if entry.note else "cast(null as varchar)" }} as note,
    {{ "'" ~ entry.source ~ "'" if entry.source else "cast(null as varchar)" }} as source,
    '{{ entry.scopes | join(" ") }}' as scopes,
    {{ 'true' if entry.area else 'false' }} as has_area,
    '{{ entry.get("periods", period_types()) | join(" ") }}' as periods,
    '{{ entry.protect | replace("'", "''") }}' as protect,
    {{ "'" ~ (entry.item | replace("'", "''")) ~ "'" if entry.item else "cast(null as varchar)" }} as item_meaning,
    cast({{ entry.version or 1 }} as bigint) as version,
    {{ "'" ~ (entry.definition_it | replace("'", "''")) ~ "'" if entry.definition_it else "cast(null as varchar)" }} as definition_it,
    {{ "'" ~ (entry.definition_en | replace("'", "''")) ~ "'" if entry.definition_en else "cast(null as varchar)" }} as definition_en
{%- endfor %}
