{{ config(materialized='view') }}
{%- set plan = ref('int_grant__plan_cells') -%}
{%- set budget = ref('int_grant__budget_cells') -%}
{%- set checks = ref('int_grant__expense_checks') -%}
{#- Savings beyond the budget lines leave nothing to measure against. -#}
{%- set share = 'case when budget > 0 then cast(reported as double) / cast(budget as double) end' -%}
{%- set gap = share ~ ' - cast(elapsed_days as double) / nullif(cast(planned_days as double), 0)' -%}

{{ indicator('time_elapsed', plan, numerator='elapsed_days', denominator='planned_days') }}
union all
{{ indicator('budget_reported', budget, numerator='reported', denominator='budget', value=share,
    status="case when budget > 0 then 'ok' else 'denominator_missing' end") }}
union all
{{ indicator('schedule_gap', budget, value=gap,
    status='case when ' ~ gap ~ " is null then 'denominator_missing' else 'ok' end") }}
union all
{{ indicator('residual_at_risk', plan, numerator='residual_at_risk') }}
union all
{{ indicator('budget_variance', ref('int_grant__variance_cells'), numerator='(reported - budget)', denominator='budget', item='item') }}
union all
{{ indicator('out_of_window', checks, numerator='out_of_window', where='out_of_window_lines > 0') }}
union all
{{ indicator('double_claimed', ref('int_grant__double_claim_cells'), numerator='double_claimed') }}
union all
{{ indicator('without_receipt', checks, numerator='without_receipt', denominator='claimed') }}
union all
{{ indicator('target_progress', ref('int_grant_target__cells'), numerator='gained', denominator='distance', n_persons='n_persons', item='item', status='status') }}
