{# Generated from the export contract by `make docs`; a test fails when the two differ. #}

{# {entity: {references: {column: entity}, semantics}}. #}
{% macro contract_references() %}
{{ return({
    "allocation": {"references": {"funder_id": "organisation", "grant_id": "grant", "reverses_id": "allocation"}, "semantics": "ledger"},
    "application": {"references": {"call_id": "call", "household_id": "household", "organisation_id": "organisation", "person_id": "person"}, "semantics": "state"},
    "assessment": {"references": {"person_id": "person", "request_id": "request", "social_point_id": "organisation"}, "semantics": "state"},
    "booking": {"references": {"person_id": "person", "provider_id": "organisation", "request_id": "request", "service_id": "service"}, "semantics": "state"},
    "call": {"references": {"promoter_id": "organisation"}, "semantics": "reference"},
    "corporate_plan": {"references": {"sponsor_id": "organisation"}, "semantics": "reference"},
    "grant": {"references": {"call_id": "call", "funder_id": "organisation", "lead_id": "organisation", "parent_grant_id": "grant"}, "semantics": "state"},
    "grant_line": {"references": {"admits_id": "grant_line", "grant_id": "grant", "partner_id": "organisation", "reverses_id": "grant_line"}, "semantics": "ledger"},
    "grant_target": {"references": {"grant_id": "grant"}, "semantics": "state"},
    "household": {"references": {}, "semantics": "state"},
    "household_member": {"references": {"household_id": "household", "person_id": "person"}, "semantics": "state"},
    "measurement": {"references": {"grant_id": "grant", "indicator_id": "outcome_indicator", "person_id": "person", "provider_id": "organisation", "reverses_id": "measurement", "service_id": "service"}, "semantics": "ledger"},
    "organisation": {"references": {"parent_organisation_id": "organisation"}, "semantics": "reference"},
    "outcome_indicator": {"references": {}, "semantics": "reference"},
    "payment": {"references": {"application_id": "application", "grant_id": "grant", "organisation_id": "organisation", "payer_id": "organisation", "person_id": "person", "reverses_id": "payment"}, "semantics": "ledger"},
    "person": {"references": {"employer_id": "organisation"}, "semantics": "state"},
    "plan_movement": {"references": {"person_id": "person", "plan_id": "corporate_plan", "provider_id": "organisation", "reverses_id": "plan_movement", "service_id": "service"}, "semantics": "ledger"},
    "request": {"references": {"household_id": "household", "person_id": "person", "social_point_id": "organisation"}, "semantics": "state"},
    "service": {"references": {}, "semantics": "reference"},
    "service_delivery": {"references": {"booking_id": "booking", "person_id": "person", "provider_id": "organisation", "request_id": "request", "reverses_id": "service_delivery", "service_id": "service"}, "semantics": "ledger"},
    "voucher": {"references": {"application_id": "application", "call_id": "call", "grant_id": "grant", "household_id": "household", "issuer_id": "organisation", "person_id": "person"}, "semantics": "state"},
    "voucher_event": {"references": {"merchant_id": "organisation", "reverses_id": "voucher_event", "service_delivery_id": "service_delivery", "voucher_id": "voucher"}, "semantics": "ledger"}
}) }}
{% endmacro %}

{# The columns of an organisation that a correction may replace, with their types. #}
{% macro organisation_corrections() %}
{{ return({
    "name": "varchar",
    "kind": "varchar",
    "tax_code": "varchar",
    "vat_number": "varchar",
    "runts_number": "varchar",
    "ipa_code": "varchar",
    "istat_comune": "varchar",
    "parent_organisation_id": "varchar",
    "parent_from": "date",
    "parent_to": "date",
    "is_public_body": "boolean",
    "active_from": "date",
    "active_to": "date"
}) }}
{% endmacro %}
