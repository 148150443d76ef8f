{{ config(materialized='view') }}
{%- set request = ref('int_request__group_cells') -%}

{{ indicator('coverage_target', ref('int_person__target_coverage_cells'), numerator='100 * persons', denominator='residents', n_persons='persons', item='item') }}
union all
{{ indicator('equity_gap', ref('int_person__equity_cells'), value='gap', n_persons='n_persons', item='item',
    ci={'low': 'gap_low', 'high': 'gap_high'}, status="case when gap is null then 'denominator_missing' else 'ok' end") }}
union all
{{ indicator('persons_served', ref('int_delivery__group_cells'), numerator='persons_served', n_persons='persons_served', population_group='population_group') }}
union all
{{ indicator('first_time_persons', ref('int_person__first_time_group_cells'), numerator='first_time_persons', n_persons='first_time_persons', population_group='population_group') }}
union all
{{ indicator('acceptance_rate', request, numerator='accepted', denominator='decided', n_persons='decided_persons', where='decided > 0', population_group='population_group') }}
union all
{{ indicator('unmet_share', request, numerator='unmet', denominator='met_or_unmet', n_persons='met_or_unmet_persons', where='met_or_unmet > 0', population_group='population_group') }}
union all
{{ indicator('wait_to_service_p50', ref('int_request__group_wait_cells'), value='days_p50', n_persons='n_persons',
    status="case when days_p50 is null then 'not_reached' else 'ok' end", population_group='population_group') }}
union all
{{ indicator('outcome_improved', ref('int_measurement__group_cells'), numerator='improved', denominator='pairs', n_persons='n_persons', population_group='population_group') }}
