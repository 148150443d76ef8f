{# Generated from publication/policy.yaml by `make docs`; a test fails when the two differ. #}
{% macro disclosure_policy() %}
{{ return({
    "thresholds": {
        "normal": 5,
        "high": 10
    },
    "high": {
        "areas": [
            "DIP"
        ],
        "sensitivity": "HIGH"
    },
    "amounts": {
        "one_contributor": 0.85,
        "two_contributors": 0.95,
        "protection": 0.15
    },
    "population_floor": 5000,
    "wait_bands": [
        30,
        60,
        90
    ],
    "calendar": {
        "month": 45,
        "quarter": 45,
        "year": 120
    },
    "frozen": true,
    "quality_score": {
        "records_at_least": 30,
        "days_to_arrive": 30
    }
}) }}
{% endmacro %}
