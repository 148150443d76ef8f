{# The optional entities without which an indicator is not collected by an instance (published-tables of the warehouse:
   an entity that was never listed; `rows: 0` counts as listed). #}
{% macro indicator_entities() %}
{%- set entities = {
    'paid': ['payment'],
    'deliberated': ['grant'],
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
} -%}
{{ return(entities) }}
{% endmacro %}
