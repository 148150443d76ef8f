"""The handbook's folder, ready to be handed to a vendor.

Arrives: a folder and a version of the contract. Leaves: the page, the JSON, the schemas, the templates and
the example, written there. Their content is made next door.
"""

import json
from pathlib import Path

from ingestion.contract.schema import CURRENT_VERSION, load_contract
from ingestion.handbook.document import contract_document
from ingestion.handbook.example import example_export, template_export
from ingestion.handbook.page import handbook_page


def write_handbook(folder: Path, version: str = CURRENT_VERSION) -> list[Path]:
    """Write the handbook of `version` into `folder`, replacing files of the same names, and return its files.

    KeyError for a version this receiver does not know.
    """
    contract = load_contract(version)
    files = {
        "index.html": handbook_page(contract).encode(),
        "contract.json": _json(contract_document(contract)),
    }
    files |= {f"schemas/{name}.json": _json(schema) for name, schema in contract.schemas.items()}
    files |= {f"templates/{path}": content for path, content in template_export(contract).items()}
    files |= {f"example/{path}": content for path, content in example_export(contract).items()}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return [folder / path for path in files]


def _json(document: dict) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
