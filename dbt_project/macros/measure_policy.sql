{# The numbers that the measures judge by, each in one place; changing one is a new version of the indicators named. #}
{% macro measure_policy() %}
{{ return({
    'linkage_floor': 0.8,
    'long_wait_days': 90,
    'voucher_full_share': 0.99,
    'expense_grace_days': 60,
    'risk_horizon_days': 90,
    'variance_warning': 0.10,
    'caseload_days': 90,
    'outcome_pairs': 10,
    'outcome_followup': 0.6,
    'linkage_months': 12,
    'comparison_expected': 5,
    'comparison_reliability': 0.7,
    'comparison_winsorised': 0.1,
}) }}
{% endmacro %}
