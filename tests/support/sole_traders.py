"""Sole traders in the place of organisations: in every column of an export that names one.

The exports of one territory arrive; they are rewritten so that behind each such column one record has a body
with a person's codice fiscale. What becomes of it is not said here.
"""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from ingestion.contract.schema import load_contract
from simulation.identity import sole_trader_code

# Beyond the numbers that the simulation draws for its merchants.
FIRST = 700_000
SUPPLIER = ("grant_line", "doc_ref")
MONEY = ("amount", "amount_total", "amount_requested", "amount_granted", "amount_deliberated")


@dataclass
class SoleTrader:
    """A person in the role `entity`.`column`: codice fiscale, name and id, the records that name him, the
    grants that these are or belong to, and their amounts other than nothing."""

    entity: str
    column: str
    code: str
    name: str
    record_id: str
    records: set[str] = field(default_factory=set)
    grants: set[str] = field(default_factory=set)
    amounts: set[Decimal] = field(default_factory=set)

    @property
    def role(self) -> str:
        """The column that names him."""
        return f"{self.entity}.{self.column}"


def roles() -> list[tuple[str, str]]:
    """Every column of the contract that may hold a sole trader: ids of organisations, and the receipts."""
    entities = load_contract().entities.values()
    named = [
        (entity.name, reference.field)
        for entity in entities
        for reference in entity.references
        if reference.entity == "organisation" and entity.name != "organisation"
    ]
    return [*named, SUPPLIER]


def plant(exports: Path) -> dict[str, SoleTrader]:
    """Rewrite the exports in folder `exports`; return the sole traders by role. Roles of which the exports
    have no record are left out."""
    folders = sorted(path.parent for path in exports.glob("*/datapackage.json"))
    planted: dict[str, SoleTrader] = {}
    taken: set[tuple[str, str | None]] = set()
    for number, (entity, column) in enumerate(roles()):
        person = SoleTrader(
            entity,
            column,
            sole_trader_code(FIRST + number),
            f"Ditta Quondam {entity} {column}",
            f"OR-QUONDAM-{number}",
        )
        chosen = _choose(folders, entity, column, taken)
        if chosen is None:
            continue
        taken |= {(entity, chosen[0][0]), ("grant", chosen[0][1])}
        _repoint(folders, person, *chosen)
        planted[person.role] = person
    _register(folders[0], planted.values())
    for folder in folders:
        _seal(folder)
    return planted


def _choose(
    folders: list[Path], entity: str, column: str, taken: set[tuple[str, str | None]]
) -> tuple[tuple[str, str | None], str] | None:
    """The first record, of those told in the course of the exports, that names an organisation in the column
    and is neither reversed nor a reversal: its id, its grant if it has one, and the organisation."""
    rows = [row for folder in folders for row in _rows(folder, entity)]
    reversals = {row["reverses_id"] for row in rows if row.get("reverses_id")}
    for row in [*rows[len(rows) // 3 :], *rows[: len(rows) // 3]]:
        grant = row["record_id"] if entity == "grant" else row.get("grant_id")
        if not row[column] or row["op"] != "U" or row.get("reverses_id") or row["record_id"] in reversals:
            continue
        if (entity, row["record_id"]) in taken or (entity.startswith("grant") and ("grant", grant) in taken):
            continue
        return (row["record_id"], grant or None), row[column]
    return None


def _repoint(folders: list[Path], person: SoleTrader, chosen: tuple[str, str | None], before: str) -> None:
    """Let the record, in every version, name the person; of a grant's lines all that named the partner."""
    record_id, grant = chosen
    for folder in folders:
        rows = list(_rows(folder, person.entity))
        for row in rows:
            of_grant = (
                person.column == "partner_id" and row["grant_id"] == grant and row["partner_id"] == before
            )
            if row["record_id"] != record_id and not of_grant:
                continue
            is_receipt = (person.entity, person.column) == SUPPLIER
            row[person.column] = f"{person.code}/17/2025-03-02" if is_receipt else person.record_id
            person.records.add(row["record_id"])
            person.grants |= {grant} - {None}
            person.amounts |= {Decimal(row[name]) for name in MONEY if row.get(name)} - {Decimal(0)}
        _write(folder, person.entity, rows)


def _register(folder: Path, persons: Iterator[SoleTrader]) -> None:
    rows = list(_rows(folder, "organisation"))
    for person in persons:
        empty = dict.fromkeys(rows[0], "")
        told = {name: rows[0][name] for name in ("op", "updated_at", "row_version", "active_from")}
        told |= {"kind": "MERCHANT", "is_public_body": "false", "tax_code": person.code, "name": person.name}
        rows.append(empty | told | {"record_id": person.record_id, "istat_comune": rows[0]["istat_comune"]})
    _write(folder, "organisation", rows)


def _path(folder: Path, entity: str) -> Path:
    return folder / "data" / f"{entity}.csv"


def _rows(folder: Path, entity: str) -> Iterator[dict[str, str]]:
    if _path(folder, entity).exists():
        with _path(folder, entity).open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter=";")


def _write(folder: Path, entity: str, rows: list[dict[str, str]]) -> None:
    if rows:
        with _path(folder, entity).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=";", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _seal(folder: Path) -> None:
    """Say of every file how long it is now, its hash and its rows."""
    path = folder / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    for resource in descriptor["resources"]:
        content = (folder / resource["path"]).read_bytes()
        resource["bytes"], resource["hash"] = len(content), "sha256:" + hashlib.sha256(content).hexdigest()
        resource["rows"] = sum(1 for _ in _rows(folder, resource["name"]))
    path.write_text(json.dumps(descriptor, ensure_ascii=False), encoding="utf-8")
