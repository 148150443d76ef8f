"""Two exports that a vendor can copy: one complete and small, and one that is all headers.

Arrives: the contract and `example.yaml`. Leaves: the files of an export folder as bytes by path, their
descriptor among them, with true hashes and control totals. What ingestion says of them does not belong here.
"""

import csv
import hashlib
import io
import json
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from ingestion.contract.schema import CONTRACT_NAME, Contract, Entity
from ingestion.landing.plain_names import MANIFEST_NAME

EXAMPLE_FILE = Path(__file__).parent / "example.yaml"
INSTANCE = "esempio"
DELIMITER = ";"
Row = dict[str, str]


@cache
def _book() -> dict:
    return yaml.safe_load(EXAMPLE_FILE.read_text(encoding="utf-8"))


def example_rows(entity: Entity) -> list[Row]:
    """Return the rows of the example with all columns of the entity, empty text where there is no value."""
    common = {"op": "U", "updated_at": _book()["updated_at"], "row_version": "1"}
    return [
        dict.fromkeys(entity.columns, "") | common | _known(entity, row)
        for row in _book()["rows"][entity.name]
    ]


def _known(entity: Entity, row: Row) -> Row:
    # The example is told in the current version; an earlier one has fewer columns.
    return {name: value for name, value in row.items() if entity.has(name)}


def csv_bytes(entity: Entity, rows: list[Row]) -> bytes:
    """Return a CSV file of the contract: header and rows, UTF-8."""
    text = io.StringIO()
    writer = csv.DictWriter(text, entity.columns, delimiter=DELIMITER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def control_totals(entity: Entity, rows: list[Row]) -> dict[str, str]:
    """Return the sum of every number column as decimal text, with the column's decimals."""
    return {
        field.name: str(
            sum((Decimal(row[field.name] or 0) for row in rows), Decimal(0)).quantize(
                Decimal(1).scaleb(-(field.decimals or 0))
            )
        )
        for field in entity.numbers
    }


def resource(contract: Contract, entity: Entity, path: str, content: bytes, rows: list[Row]) -> dict:
    """Return what the descriptor says of one file."""
    return {
        "name": entity.name,
        "type": "table",
        "path": path,
        "format": "csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": DELIMITER},
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "rows": len(rows),
        "schema": contract.schemas[entity.name],
        "controlTotals": control_totals(entity, rows),
    }


def _export(contract: Contract, rows: dict[str, list[Row]], folder: str) -> dict[str, bytes]:
    files, resources = {}, []
    for name, entity in contract.entities.items():
        path = f"{folder}{name}.csv"
        files[path] = csv_bytes(entity, rows[name])
        resources.append(resource(contract, entity, path, files[path], rows[name]))
    descriptor = descriptor_of(contract, resources)
    files[MANIFEST_NAME] = json.dumps(descriptor, ensure_ascii=False, indent=1).encode() + b"\n"
    return files


def descriptor_of(contract: Contract, resources: list[dict]) -> dict:
    """Return the descriptor of the example, a first full export, over `resources`."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"{INSTANCE}-2026-10-0001",
        "created": "2026-11-03T02:10:00+01:00",
        "welfare": {
            "contract": CONTRACT_NAME,
            "version": contract.version,
            "instance": INSTANCE,
            "export_id": f"{INSTANCE}-2026-10-0001",
            "sequence": 1,
            "mode": "full",
            "period": {"from": "2026-10-01", "to": "2026-10-31"},
            "erasures": [],
        },
        "resources": resources,
    }


def example_export(contract: Contract) -> dict[str, bytes]:
    """Return the complete example, its files under `data/`."""
    return _export(
        contract, {name: example_rows(entity) for name, entity in contract.entities.items()}, "data/"
    )


def template_export(contract: Contract) -> dict[str, bytes]:
    """Return an export whose files are headers only, to be filled in: valid as it stands, and empty."""
    return _export(contract, {name: [] for name in contract.entities}, "")
