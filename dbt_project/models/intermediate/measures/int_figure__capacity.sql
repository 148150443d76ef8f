{{ config(materialized='view') }}
{%- set caseload = ref('int_assessment__caseload_cells') -%}
{%- set service_class = ref('int_service__class_cells') -%}
{%- set merchant = ref('int_voucher_event__merchant_cells') -%}

{{ indicator('active_plans', caseload, numerator='active_plans', n_persons='plan_holders') }}
union all
{{ indicator('caseload', caseload, numerator='active_plans', denominator='managers', n_persons='n_persons') }}
union all
{{ indicator('leps_active', ref('int_leps__active_cells'), numerator='leps_active') }}
union all
{{ indicator('leps_spend', service_class, numerator='amount_total', n_persons='n_persons', item='item', where="item_kind = 'leps'") }}
union all
{{ indicator('spend_by_macro_area', service_class, numerator='amount_total', n_persons='n_persons', item='item', where="item_kind = 'macro_area'") }}
union all
{{ indicator('response_rate', ref('int_measurement__response_cells'), numerator='respondents', denominator='persons_served', n_persons='n_persons', where='n_persons > 0') }}
union all
{{ indicator('outcome_coverage', ref('int_grant__outcome_coverage_cells'), numerator='usable', denominator='deliberated') }}
union all
{{ indicator('merchants_active', merchant, numerator='merchants', n_persons='n_redeemers', where='merchants > 0') }}
union all
{{ indicator('merchant_top3_share', merchant, numerator='redeemed_by_three', denominator='redeemed', n_persons='n_persons') }}
union all
{{ indicator('export_delay', ref('int_export__delay_cells'), numerator='delay_days', denominator='exports') }}
