{{ config(materialized='view') }}
{%- set plan = ref('cube_grant_plan') -%}
{%- set budget = ref('cube_grant_budget') -%}
{%- set checks = ref('cube_grant_expense_check') -%}
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
{{ indicator('budget_variance', ref('cube_grant_variance'), numerator='(reported - budget)', denominator='budget', item='item') }}
union all
{{ indicator('out_of_window', checks, numerator='out_of_window', where='out_of_window_lines > 0') }}
union all
{{ indicator('double_claimed', ref('cube_grant_double_claim'), numerator='double_claimed') }}
union all
{{ indicator('without_receipt', checks, numerator='without_receipt', denominator='claimed') }}
union all
{{ indicator('target_progress', ref('cube_grant_target'), numerator='gained', denominator='distance', value='progress', n_persons='n_persons', item='item', status='status') }}
