"""The contract as one JSON document, for programs that write or check exports.

Arrives: the contract. Leaves: a plain dictionary with everything the page says that a program can use. Words
for people stand in it too, beside what they explain.
"""

from typing import Any

from ingestion.contract.codes import CODES
from ingestion.contract.instance_id import INSTANCE_ID
from ingestion.contract.schema import CONTRACT_NAME, VERSIONS, Contract, Entity
from ingestion.contract.words import column_words, entity_words, value_words
from ingestion.handbook.rules import row_rules
from ingestion.landing.manifest import FORMATS, SHA256
from ingestion.landing.plain_names import MANIFEST_NAME
from ingestion.privacy.direct_identifiers import FORBIDDEN_COLUMNS
from ingestion.validation.control_totals import BAD_EURO_LIMIT, BAD_ROWS_LIMIT


def contract_document(contract: Contract) -> dict[str, Any]:
    """Return one version of the contract: entities with schema, rules and words, limits, forms and codes.

    Shares are decimal text, 0.02 for 2%.
    """
    return {
        "contract": CONTRACT_NAME,
        "version": contract.version,
        "versions": list(VERSIONS),
        "descriptor": MANIFEST_NAME,
        "formats": list(FORMATS),
        "modes": ["full", "incremental"],
        "patterns": {
            "instance": INSTANCE_ID.pattern,
            "export_id": INSTANCE_ID.pattern,
            "hash": f"^{SHA256.pattern}$",
        },
        "forbidden_columns": sorted(FORBIDDEN_COLUMNS),
        "limits": {"bad_rows": str(BAD_ROWS_LIMIT), "bad_euro": str(BAD_EURO_LIMIT)},
        "entities": {
            name: _entity(entity, contract.schemas[name]) for name, entity in contract.entities.items()
        },
        "codes": [
            {
                "code": code.name,
                "whole_export": code.whole_export,
                "it": code.message_it,
                "en": code.message_en,
            }
            for code in CODES.values()
        ],
    }


def _entity(entity: Entity, schema: dict) -> dict[str, Any]:
    return {
        "semantics": entity.semantics,
        "mandatory": entity.mandatory,
        "words": entity_words(entity)._asdict(),
        "schema": schema,
        "columns": {
            field.name: {
                "words": column_words(entity, field)._asdict(),
                "values": {value: value_words(entity, field, value)._asdict() for value in field.enum},
            }
            for field in entity.fields
        },
        "rules": [{"code": rule.code, **rule.words._asdict()} for rule in row_rules(entity)],
    }
