"""The disclosure policy as a dbt macro, since Jinja reads no files.

`publication/policy.yaml` arrives, the text of `macros/disclosure_policy.sql` leaves. What a rule means does
not belong here.
"""

import json

import yaml

from core.settings import DBT_PROJECT
from publication.policy import POLICY_FILE

MACRO = DBT_PROJECT / "macros" / "disclosure_policy.sql"


def policy_macro() -> str:
    """Return the macro's text: the policy as a literal."""
    policy = json.dumps(yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8")), indent=4)
    return (
        "{# Generated from publication/policy.yaml by `make docs`; a test fails when the two differ. #}\n"
        "{% macro disclosure_policy() %}\n"
        f"{{{{ return({policy}) }}}}\n"
        "{% endmacro %}\n"
    )
