{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key=['scope_type', 'scope_id'],
    on_schema_change='fail',
) }}

{%- set delivery = ref('cube_delivery') -%}
{%- set allocation = ref('cube_allocation') -%}
{%- set grant_line = ref('cube_grant_line') -%}
{%- set voucher_event = ref('cube_voucher_event') -%}
{%- set own_scopes = ['network', 'region', 'province', 'instance', 'comune', 'provider', 'service'] -%}
{%- set funded_scopes = ['funder', 'grant'] -%}
{%- set instance_parts = "('service', 'grant', 'call', 'scheme', 'plan', 'social_point')" -%}

with delivery_per_resident as (

    select
        cells.*,
        residents.residents
    from {{ delivery }} as cells
    left join {{ ref('int_residents__by_scope') }} as residents
        on cells.scope_type = residents.scope_type and cells.scope_id = residents.scope_id

),

change_with_interval as (

    select
        cells.*,
        cast(change as double) / pairs as mean_change,
        {{ mean_half_width('change', 'sum_of_squares', 'pairs') }} as half_width
    from {{ ref('cube_outcome_change') }} as cells

),

waits_to_assessment as (

    select * from {{ ref('cube_request_wait') }}
    where wait_to = 'assessment'

),

waits_to_service as (

    select * from {{ ref('cube_request_wait') }}
    where wait_to = 'service'

),

measured as (

    {{ indicator('spend_delivered', delivery, numerator='amount_total', n_persons='n_persons') }}
    union all
    {{ indicator('spend_net', delivery, numerator='amount_net', n_persons='n_persons') }}
    union all
    {{ indicator('user_share', delivery, numerator='amount_user', denominator='amount_total', n_persons='n_persons') }}
    union all
    {{ indicator('spend_net_per_resident', 'delivery_per_resident', numerator='amount_net', denominator='residents', n_persons='n_persons') }}
    union all
    {{ indicator('unit_cost', delivery, numerator='amount_total', denominator='quantity', n_persons='n_persons') }}
    union all
    {{ indicator('paid', ref('cube_payment'), numerator='paid', n_persons='n_persons') }}
    union all
    {{ indicator('deliberated', ref('cube_grant'), numerator='deliberated') }}
    union all
    {{ indicator('deliberated_net', ref('cube_grant'), numerator='deliberated_net', where='first_grants > 0') }}
    union all
    {{ indicator('disbursed', grant_line, numerator='disbursed', where='disbursed_rows > 0') }}
    union all
    {{ indicator('reported', grant_line, numerator='reported', where='reported_rows > 0') }}
    union all
    {{ indicator('admitted', grant_line, numerator='admitted', where='admitted_rows > 0') }}
    union all
    {{ indicator('disbursement_rate', ref('cube_grant_disbursement'), numerator='disbursed', denominator='available') }}
    union all
    {{ indicator('eligible_cost_rate', ref('cube_grant_expense'), numerator='admitted', denominator='reported') }}
    union all
    {{ indicator('residual', ref('cube_grant_disbursement'), numerator='available - disbursed') }}
    union all
    {{ indicator('cofunding_share', ref('cube_grant'), numerator='cofunding', denominator='budget') }}
    union all
    {{ indicator('attributed', allocation, numerator='attributed', n_persons='attributed_persons') }}
    union all
    {{ indicator('persons_served', delivery, numerator='persons_served', n_persons='persons_served', scopes=own_scopes, where='persons_served > 0') }}
    union all
    {{ indicator('persons_served', allocation, numerator='persons_served', n_persons='persons_served', scopes=funded_scopes, where='persons_served > 0') }}
    union all
    {{ indicator('deliveries', delivery, numerator='deliveries', n_persons='persons_served', scopes=own_scopes, where='deliveries > 0') }}
    union all
    {{ indicator('deliveries', allocation, numerator='deliveries', n_persons='persons_served', scopes=funded_scopes, where='deliveries > 0') }}
    union all
    {{ indicator('persons_per_1000', 'delivery_per_resident', numerator='1000 * persons_served', denominator='residents', n_persons='persons_served', where='persons_served > 0') }}
    union all
    {{ indicator('first_time_persons', ref('cube_first_time'), numerator='first_time_persons', n_persons='first_time_persons') }}
    union all
    {{ indicator('cost_per_person', delivery, numerator='amount_total', denominator='persons_served', n_persons='n_persons', scopes=['network', 'region', 'province', 'instance', 'provider', 'service']) }}
    union all
    {{ indicator('cost_per_person', allocation, numerator='delivery_attributed', denominator='persons_served', n_persons='delivery_attributed_persons', scopes=funded_scopes, where='delivery_rows > 0') }}
    union all
    {{ indicator('requests', ref('cube_request'), numerator='requests', n_persons='n_persons') }}
    union all
    {{ indicator('acceptance_rate', ref('cube_request'), numerator='accepted', denominator='decided', n_persons='decided_persons', where='decided > 0') }}
    union all
    {{ indicator('autonomy_rate', ref('cube_request'), numerator='autonomous', denominator='requests', n_persons='n_persons') }}
    union all
    {{ indicator('wait_to_assessment_p50', 'waits_to_assessment', value='days_p50', n_persons='n_persons', status="case when days_p50 is null then 'not_reached' else 'ok' end") }}
    union all
    {{ indicator('wait_to_service_p50', 'waits_to_service', value='days_p50', n_persons='n_persons', status="case when days_p50 is null then 'not_reached' else 'ok' end") }}
    union all
    {{ indicator('wait_to_service_p90', 'waits_to_service', value='days_p90', n_persons='n_persons', status="case when days_p90 is null then 'not_reached' else 'ok' end") }}
    union all
    {{ indicator('no_show_rate', ref('cube_booking'), numerator='missed', denominator='due', n_persons='n_persons') }}
    union all
    {{ indicator('voucher_issued', voucher_event, numerator='issued', n_persons='issue_persons', where='issue_rows > 0') }}
    union all
    {{ indicator('voucher_redeemed', voucher_event, numerator='redeemed', n_persons='redemption_persons', where='redemption_rows > 0') }}
    union all
    {{ indicator('voucher_lapsed', voucher_event, numerator='lapsed', n_persons='lapse_persons', where='lapse_rows > 0') }}
    union all
    {{ indicator('voucher_outstanding', ref('cube_voucher_outstanding'), numerator='outstanding', n_persons='person_key') }}
    union all
    {{ indicator('voucher_redemption_rate', ref('cube_voucher_redemption'), numerator='redeemed', denominator='issued', n_persons='n_persons') }}
    union all
    {{ indicator('applications', ref('cube_application'), numerator='applications', n_persons='n_persons') }}
    union all
    {{ indicator('application_success', ref('cube_application'), numerator='funded', denominator='decided', n_persons='decided_persons', where='decided > 0') }}
    union all
    {{ indicator('granted_to_applicants', ref('cube_application_granted'), numerator='granted', n_persons='n_persons') }}
    union all
    {{ indicator('corporate_credit', ref('cube_plan_movement'), numerator='credit', n_persons='n_persons') }}
    union all
    {{ indicator('corporate_use_rate', ref('cube_plan_use'), numerator='spent', denominator='credit', n_persons='person_key') }}
    union all
    {{ indicator('satisfaction', ref('cube_satisfaction'), numerator='satisfied', denominator='answers', n_persons='n_persons') }}
    union all
    {{ indicator('outcome_improved', ref('cube_outcome_improved'), numerator='improved', denominator='pairs', n_persons='n_persons') }}
    union all
    {{ indicator('outcome_change', 'change_with_interval', numerator='change', denominator='pairs', n_persons='n_persons', item='item', ci={'low': 'mean_change - half_width', 'high': 'mean_change + half_width'}) }}
    union all
    {{ indicator('followup_rate', ref('cube_outcome_followup'), numerator='paired', denominator='persons', n_persons='n_persons') }}
    union all
    {{ indicator('cost_per_improved', ref('cube_grant_improvement'), numerator='attributed', denominator='improved_person', n_persons='person_key') }}
    union all
    {{ indicator('provider_hhi', ref('cube_provider_concentration'), value='concentration',
        status="case when concentration is null then 'denominator_missing' else 'ok' end") }}
    union all
    {{ indicator('quarantine_rate', ref('cube_export'), numerator='quarantined', denominator='received') }}
    union all
    {{ indicator('reconciliation_gap', ref('cube_export'), numerator='gap') }}
    union all
    select * from {{ ref('int_figure__demand') }}
    union all
    select * from {{ ref('int_figure__waits') }}
    union all
    select * from {{ ref('int_figure__intervention') }}
    union all
    select * from {{ ref('int_figure__sources') }}
    union all
    select * from {{ ref('int_figure__dose') }}
    union all
    select * from {{ ref('int_figure__equity') }}
    union all
    select * from {{ ref('int_figure__pillars') }}
    union all
    select * from {{ ref('int_figure__capacity') }}

),

not_collected as (

    select
        indicator_id,
        'instance' as scope_type,
        instance_id as scope_id,
        'ALL' as item,
        'ALL' as area,
        period_type,
        period_start,
        cast(null as decimal(24, 4)) as numerator,
        cast(null as decimal(24, 4)) as denominator,
        cast(null as double) as value,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        cast(null as bigint) as n_persons,
        'not_collected' as status,
        'ALL' as population_group
    from {{ ref('int_indicator__not_collected') }}

),

-- What an instance does not collect is not counted as nothing: its mark stands in the place of a figure.
figures as (

    select measured.*
    from measured
    left join not_collected
        on measured.indicator_id = not_collected.indicator_id
        and measured.scope_type = not_collected.scope_type
        and measured.scope_id = not_collected.scope_id
        and measured.item = not_collected.item
        and measured.area = not_collected.area
        and measured.period_type = not_collected.period_type
        and measured.period_start = not_collected.period_start
        and measured.population_group = not_collected.population_group
    where not_collected.indicator_id is null

    union all

    select * from not_collected

),

needs as (
    {%- for indicator_id, needs in indicator_needs().items() %}
    {{ 'union all' if not loop.first }}
    select '{{ indicator_id }}' as indicator_id, '{{ needs }}' as needs
    {%- endfor %}
),

placed as (

    select
        figures.*,
        needs.needs,
        -- A grant, service, call, scheme, plan or Social Point is covered as its instance is.
        case
            when scope_type in {{ instance_parts }} then 'instance'
            when scope_type in ('funder', 'provider', 'consortium', 'ats') then 'organisation'
            else scope_type
        end as coverage_type,
        case when scope_type in {{ instance_parts }} then split_part(scope_id, ':', 1) else scope_id end as coverage_id
    from figures
    left join needs on figures.indicator_id = needs.indicator_id

),

{#- What a row says, but for the year before, which another row of its scope says. -#}
{% set columns = ['indicator_id', 'scope_type', 'scope_id', 'item', 'area', 'period_type', 'period_start', 'numerator',
    'denominator', 'value', 'ci_low', 'ci_high', 'n_persons', 'status', 'population_group', 'n_instances',
    'n_instances_expected', 'data_to'] %}
{% set before = ['previous_value', 'previous_status'] %}

covered as (

    select
        {%- for column in columns[:15] %}
        placed.{{ column }},
        {%- endfor %}
        coalesce(coverage.n_instances, 0) as n_instances,
        coalesce(coverage.n_instances_expected, 0) as n_instances_expected,
        coverage.data_to
    from placed
    left join {{ ref('int_scope__instance_groups') }} as instance_groups
        on placed.coverage_type = instance_groups.scope_type and placed.coverage_id = instance_groups.scope_id
    left join {{ ref('int_scope__coverage') }} as coverage
        on placed.needs = coverage.needs
        and instance_groups.instance_group = coverage.instance_group
        and placed.period_type = coverage.period_type
        and placed.period_start = coverage.period_start

)

{%- if is_incremental() %},

scopes_now as (
    select scope_type, scope_id, {{ fingerprint(row_fingerprint('covered')) }} as fingerprint
    from covered
    group by scope_type, scope_id
),

scopes_before as (
    select scope_type, scope_id, {{ fingerprint(row_fingerprint('standing')) }} as fingerprint
    from (select {{ columns | join(', ') }} from {{ this }}) as standing
    group by scope_type, scope_id
),

touched as (
    select
        coalesce(scopes_now.scope_type, scopes_before.scope_type) as scope_type,
        coalesce(scopes_now.scope_id, scopes_before.scope_id) as scope_id
    from scopes_now
    full outer join scopes_before
        on scopes_now.scope_type = scopes_before.scope_type and scopes_now.scope_id = scopes_before.scope_id
    where
        scopes_now.fingerprint is null
        or scopes_before.fingerprint is null
        or scopes_now.fingerprint <> scopes_before.fingerprint
),

written as (
    select covered.*
    from covered
    inner join touched on covered.scope_type = touched.scope_type and covered.scope_id = touched.scope_id
)
{%- endif %}
{%- set written = 'written' if is_incremental() else 'covered' %}

select
    present.*,
    previous.value as previous_value,
    previous.status as previous_status
from {{ written }} as present
left join {{ written }} as previous
    on present.indicator_id = previous.indicator_id
    and present.scope_type = previous.scope_type
    and present.scope_id = previous.scope_id
    and present.item = previous.item
    and present.area = previous.area
    and present.population_group = previous.population_group
    and present.period_type = previous.period_type
    and {{ add_months('present.period_start', -12) }} = previous.period_start
{%- if is_incremental() %}

union all

select
    {%- for column in columns + before %}
    {{ column if column in ['scope_type', 'scope_id'] else 'null' }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from touched
{%- endif %}
