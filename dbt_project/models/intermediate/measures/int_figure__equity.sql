{{ config(materialized='view') }}
{%- set request = ref('cube_request_group') -%}

{{ indicator('coverage_target', ref('cube_target_coverage'), numerator='100 * persons', denominator='residents', n_persons='persons', item='item') }}
union all
{{ indicator('equity_gap', ref('cube_equity'), value='gap', n_persons='n_persons', item='item',
    ci={'low': 'gap_low', 'high': 'gap_high'}, status="case when gap is null then 'denominator_missing' else 'ok' end") }}
union all
{{ indicator('persons_served', ref('cube_delivery_group'), numerator='persons_served', n_persons='persons_served', population_group='population_group') }}
union all
{{ indicator('first_time_persons', ref('cube_first_time_group'), numerator='first_time_persons', n_persons='first_time_persons', population_group='population_group') }}
union all
{{ indicator('acceptance_rate', request, numerator='accepted', denominator='decided', n_persons='decided_persons', where='decided > 0', population_group='population_group') }}
union all
{{ indicator('unmet_share', request, numerator='unmet', denominator='met_or_unmet', n_persons='met_or_unmet_persons', where='met_or_unmet > 0', population_group='population_group') }}
union all
{{ indicator('wait_to_service_p50', ref('cube_request_group_wait'), value='days_p50', n_persons='n_persons',
    status="case when days_p50 is null then 'not_reached' else 'ok' end", population_group='population_group') }}
union all
{{ indicator('outcome_improved', ref('cube_outcome_group'), numerator='improved', denominator='pairs', n_persons='n_persons', population_group='population_group') }}
