{{ config(materialized='view') }}
{%- set dose = ref('cube_service_dose') -%}

{{ indicator('unit_cost_std', dose, numerator='amount_total', denominator='quantity', n_persons='n_persons', item='item', where="item_kind = 'code'") }}
union all
{{ indicator('intensity', dose, numerator='quantity', denominator='persons_served', n_persons='n_persons', item='item') }}
union all
{{ indicator('code_coverage', ref('cube_service_code'), numerator='amount_coded', denominator='amount_total', n_persons='n_persons') }}
