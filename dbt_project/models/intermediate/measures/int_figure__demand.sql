{{ config(materialized='view') }}
{%- set request = ref('cube_request') -%}
{%- set waiting = ref('cube_request_waiting') -%}

{{ indicator('rejected', ref('cube_request_rejected'), numerator='rejected', n_persons='n_persons', item='item') }}
union all
{{ indicator('unmet_share', request, numerator='unmet', denominator='met_or_unmet', n_persons='met_or_unmet_persons', where='met_or_unmet > 0') }}
union all
{{ indicator('open_share', request, numerator='still_open', denominator='requests', n_persons='n_persons') }}
union all
{{ indicator('waiting_persons', waiting,
    numerator='case when is_applicable then waiting_persons end',
    n_persons='case when is_applicable then waiting_persons end',
    status="case when is_applicable then 'ok' else 'not_applicable' end") }}
union all
{{ indicator('waiting_over_90', waiting,
    numerator='case when is_applicable then long_waiting_persons end',
    denominator='case when is_applicable then waiting_persons end',
    n_persons='case when is_applicable then waiting_persons end',
    status="case when not is_applicable then 'not_applicable' when waiting_persons = 0 then 'denominator_missing' else 'ok' end") }}
union all
{{ indicator('linkage_rate', ref('cube_delivery_linkage'), numerator='linked', denominator='deliveries', n_persons='n_persons') }}
