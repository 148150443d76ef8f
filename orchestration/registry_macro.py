"""The indicator registry as a dbt macro, since Jinja reads no files.

`dbt_project/indicators.yaml` arrives, the text of `macros/indicator_registry.sql` leaves. The registry stands
in it as a literal, which dbt reads with the macro and not anew for every model. What an entry means does not
belong here.
"""

import json
from pathlib import Path

from core.settings import DBT_PROJECT
from publication.cubes import REGISTRY, read_registry

MACRO = DBT_PROJECT / "macros" / "indicator_registry.sql"
HEAD = (
    "{# Generated from indicators.yaml by `make docs`; a test fails when the two differ. "
    "The registry as {indicator_id: entry}. #}\n"
    "{% macro indicator_registry() %}\n"
    "{%- set registry = {\n"
)
FOOT = "\n} -%}\n{{ return(registry) }}\n{% endmacro %}\n"


def registry_macro(registry: Path = REGISTRY) -> str:
    """Return the macro's text: every entry with its domain, in the registry's order."""
    entries = read_registry(registry)
    lines = [f"    {literal(name)}: {literal(entry)}" for name, entry in entries.items()]
    return HEAD + ",\n".join(lines) + FOOT


def literal(value: object) -> str:
    """Return a value as a Jinja literal."""
    # JSON is a Jinja literal too. Jinja would take a brace pair inside a string for its own.
    return json.dumps(value).replace("{{", "{\\u007b").replace("{%", "{\\u0025")
