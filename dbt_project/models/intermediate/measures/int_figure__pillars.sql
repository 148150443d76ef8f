{{ config(materialized='view') }}
{%- set pillar = ref('cube_pillar') -%}
{%- set spend = ref('cube_plan_spend') -%}
{%- set source = ref('cube_delivery_source') -%}
{%- set affiliations = ['consortium', 'ats'] -%}

{{ indicator('persons_by_pillar', pillar, numerator='persons_of_item', n_persons='persons_of_item', item='item') }}
union all
{{ indicator('integrated_share', pillar, numerator='persons_in_several', denominator='persons', n_persons='persons', where="item = 'PUB'") }}
union all
{{ indicator('corporate_active_share', ref('cube_plan_activity'), numerator='active', denominator='population', n_persons='n_persons') }}
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
{{ indicator('voucher_redeemed', ref('cube_voucher_event_affiliation'), numerator='redeemed', n_persons='n_persons', scopes=affiliations) }}
union all
{{ indicator('paid', ref('cube_payment_affiliation'), numerator='paid', scopes=affiliations) }}
union all
{{ indicator('provider_hhi', ref('cube_consortium_concentration'), value='concentration', item="'CONSORTIUM'",
    status="case when concentration is null then 'denominator_missing' else 'ok' end") }}
