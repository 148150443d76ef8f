{{ config(materialized='view') }}
{%- set pillar = ref('int_person__pillar_cells') -%}
{%- set spend = ref('int_plan_movement__spend_cells') -%}
{%- set source = ref('int_delivery__source_cells') -%}
{%- set affiliations = ['consortium', 'ats'] -%}

{{ indicator('persons_by_pillar', pillar, numerator='persons_of_item', n_persons='persons_of_item', item='item') }}
union all
{{ indicator('integrated_share', pillar, numerator='persons_in_several', denominator='persons', n_persons='persons', where="item = 'PUB'") }}
union all
{{ indicator('corporate_active_share', ref('int_corporate_plan__activity_cells'), numerator='active', denominator='population', n_persons='n_persons') }}
union all
{{ indicator('corporate_social_share', spend, numerator='spent_social', denominator='spent', n_persons='spend_persons', where='spend_rows > 0') }}
union all
{{ indicator('corporate_expired', spend, numerator='expired', n_persons='expire_persons', where='expire_rows > 0') }}
union all
{{ indicator('spend_delivered', source, numerator='amount_total', n_persons='n_persons', scopes=affiliations) }}
union all
{{ indicator('deliveries', source, numerator='deliveries', n_persons='persons_served', scopes=affiliations, where='deliveries > 0') }}
union all
{{ indicator('persons_served', source, numerator='persons_served', n_persons='persons_served', scopes=affiliations, where='persons_served > 0') }}
union all
{{ indicator('voucher_redeemed', ref('int_voucher_event__affiliation_cells'), numerator='redeemed', n_persons='n_persons', scopes=affiliations) }}
union all
{{ indicator('paid', ref('int_payment__affiliation_cells'), numerator='paid', scopes=affiliations) }}
union all
{{ indicator('provider_hhi', ref('int_provider__consortium_concentration_cells'), value='concentration', item="'CONSORTIUM'",
    status="case when concentration is null then 'not_applicable' else 'ok' end") }}
