{# The optional entities without which an indicator is not collected by an instance (published-tables of the warehouse:
   an entity that was never listed; `rows: 0` counts as listed). #}
{% macro indicator_entities() %}
{%- set entities = {
    'paid': ['payment'],
    'deliberated': ['grant'],
    'deliberated_net': ['grant'],
    'cofunding_share': ['grant'],
    'disbursed': ['grant_line'],
    'reported': ['grant_line'],
    'admitted': ['grant_line'],
    'disbursement_rate': ['grant_line'],
    'eligible_cost_rate': ['grant_line'],
    'residual': ['grant_line'],
    'requests': ['request'],
    'acceptance_rate': ['request'],
    'autonomy_rate': ['request'],
    'wait_to_service_p50': ['request'],
    'wait_to_service_p90': ['request'],
    'wait_to_assessment_p50': ['request', 'assessment'],
    'no_show_rate': ['booking'],
    'voucher_issued': ['voucher_event'],
    'voucher_redeemed': ['voucher_event'],
    'voucher_lapsed': ['voucher_event'],
    'voucher_outstanding': ['voucher_event'],
    'voucher_redemption_rate': ['voucher_event'],
    'applications': ['application'],
    'application_success': ['application'],
    'granted_to_applicants': ['application'],
    'corporate_credit': ['plan_movement'],
    'corporate_use_rate': ['plan_movement'],
    'satisfaction': ['measurement'],
    'outcome_improved': ['measurement'],
    'outcome_change': ['measurement'],
    'followup_rate': ['measurement'],
    'cost_per_improved': ['measurement', 'outcome_indicator'],
    'rejected': ['request'],
    'unmet_share': ['request'],
    'open_share': ['request'],
    'waiting_persons': ['request'],
    'waiting_over_90': ['request'],
    'linkage_rate': ['request'],
    'wait_to_decision_p50': ['application'],
    'wait_to_decision_p90': ['application'],
    'wait_to_payment_p50': ['application'],
    'wait_to_payment_p90': ['application'],
    'decided_in_term': ['application', 'call'],
    'voucher_first_use_p50': ['voucher', 'voucher_event'],
    'voucher_never_used': ['voucher', 'voucher_event'],
    'corporate_active_share': ['corporate_plan', 'plan_movement'],
    'corporate_social_share': ['plan_movement'],
    'corporate_expired': ['plan_movement'],
    'active_plans': ['assessment'],
    'caseload': ['assessment'],
    'response_rate': ['measurement'],
    'outcome_coverage': ['grant', 'measurement'],
    'merchants_active': ['voucher_event'],
    'merchant_top3_share': ['voucher_event'],
} -%}
{{ return(entities) }}
{% endmacro %}

{# The optional entities that a figure needs, as one text that names the set, for every indicator of the registry; also
   for those that no instance has as a figure of its own. #}
{% macro indicator_needs() %}
{%- set of_grants = {
    'award_to_first_payment_p50': ['grant', 'grant_line'],
    'claim_to_admission_p50': ['grant_line'],
    'time_elapsed': ['grant'],
    'budget_reported': ['grant_line'],
    'schedule_gap': ['grant', 'grant_line'],
    'residual_at_risk': ['grant', 'grant_line'],
    'budget_variance': ['grant_line'],
    'out_of_window': ['grant', 'grant_line'],
    'double_claimed': ['grant', 'grant_line'],
    'without_receipt': ['grant_line'],
    'target_progress': ['grant', 'grant_target'],
    'cofunding_seen': ['grant'],
} -%}
{%- set entities = dict(indicator_entities(), **of_grants) -%}
{%- set needs = {} -%}
{%- for indicator_id in indicator_registry() -%}
    {%- do needs.update({indicator_id: entities.get(indicator_id, []) | sort | join('+')}) -%}
{%- endfor -%}
{{ return(needs) }}
{% endmacro %}
