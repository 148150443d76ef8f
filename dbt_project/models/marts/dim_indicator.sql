{{ config(tags=['reference']) }}
{%- set rows = [] -%}
{%- for entry in indicator_registry().values() -%}
    {%- do rows.append({
        'indicator_id': text_literal(entry.id),
        'domain': text_literal(entry.domain),
        'unit': text_literal(entry.unit),
        'kind': text_literal(entry.kind),
        'name_it': text_literal(entry.it),
        'name_en': text_literal(entry.en),
        'numerator': text_literal(entry.numerator),
        'denominator': text_literal(entry.denominator),
        'note': text_literal(entry.note),
        'source': text_literal(entry.source),
        'scopes': text_literal(entry.scopes | join(' ')),
        'has_area': entry.area | string | lower,
        'periods': text_literal(entry.get('periods', period_types()) | join(' ')),
        'protect': text_literal(entry.protect),
        'item_meaning': text_literal(entry.item),
        'version': 'cast(' ~ entry.version ~ ' as bigint)',
        'definition_it': text_literal(entry.definition_it),
        'definition_en': text_literal(entry.definition_en),
    }) -%}
{%- endfor -%}

select {{ unnested(rows) }}
