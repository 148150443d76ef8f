"""What the models need of the export contract, as dbt macros, since Jinja reads no files.

The contract arrives, the text of `macros/contract.sql` leaves: which records an entity names, and which
columns of an organisation a correction may replace. What a correction is does not belong here.
"""

import json

from core.settings import DBT_PROJECT
from ingestion.contract.schema import load_contract
from ingestion.corrections.lines import ORGANISATION, correctable
from ingestion.privacy.pseudonymisation import raw_columns

MACRO = DBT_PROJECT / "macros" / "contract.sql"
HEAD = "{# Generated from the export contract by `make docs`; a test fails when the two differ. #}"


def contract_macro() -> str:
    """Return the text of the macros, each of which returns a literal."""
    entities = load_contract().entities
    references = {
        name: {
            "references": dict(sorted((each.field, each.entity) for each in entity.references)),
            "semantics": entity.semantics,
        }
        for name, entity in entities.items()
    }
    types = {column.name: column.type.lower() for column in raw_columns(entities[ORGANISATION])}
    return "\n".join(
        [
            HEAD,
            "",
            "{# {entity: {references: {column: entity}, semantics}}. #}",
            *_macro("contract_references", references),
            "",
            "{# The columns of an organisation that a correction may replace, with their types. #}",
            *_macro("organisation_corrections", {column: types[column] for column in correctable()}),
            "",
        ]
    )


def _macro(name: str, value: dict) -> list[str]:
    lines = ",\n".join(f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items())
    return [f"{{% macro {name}() %}}", f"{{{{ return({{\n{lines}\n}}) }}}}", "{% endmacro %}"]
