{{ config(materialized='view') }}
{%- set caseload = ref('cube_caseload') -%}
{%- set service_class = ref('cube_service_class') -%}
{%- set merchant = ref('cube_voucher_merchant') -%}

{{ indicator('active_plans', caseload, numerator='active_plans', n_persons='n_persons') }}
union all
{{ indicator('caseload', caseload, numerator='active_plans', denominator='managers', n_persons='n_persons') }}
union all
{{ indicator('leps_active', ref('cube_leps_active'), numerator='leps_active') }}
union all
{{ indicator('leps_spend', service_class, numerator='amount_total', n_persons='n_persons', item='item', where="item_kind = 'leps'") }}
union all
{{ indicator('spend_by_macro_area', service_class, numerator='amount_total', n_persons='n_persons', item='item', where="item_kind = 'macro_area'") }}
union all
{{ indicator('response_rate', ref('cube_response'), numerator='respondents', denominator='persons_served', n_persons='n_persons', where='n_persons > 0') }}
union all
{{ indicator('outcome_coverage', ref('cube_grant_outcome_coverage'), numerator='usable', denominator='deliberated') }}
union all
{{ indicator('merchants_active', merchant, numerator='merchants', n_persons='n_redeemers', where='merchants > 0') }}
union all
{{ indicator('merchant_top3_share', merchant, numerator='redeemed_by_three', denominator='redeemed', n_persons='n_persons') }}
union all
{{ indicator('export_delay', ref('cube_export_delay'), numerator='delay_days', denominator='exports') }}
