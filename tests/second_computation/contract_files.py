"""The contract's entities, read from the schema files as plain records."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import yaml

SCHEMAS = Path(__file__).resolve().parents[2] / "ingestion" / "contract" / "v1"


@dataclass(frozen=True)
class Column:
    """One field of one entity."""

    name: str
    type: str
    required: bool
    enum: tuple[str, ...]
    pattern: str | None
    minimum: float | None
    decimals: int | None
    personal: str | None

    @property
    def is_euro(self) -> bool:
        """A number with two decimals is money."""
        return self.type == "number" and self.decimals == 2


@dataclass(frozen=True)
class Table:
    """One entity: its columns in order, whether it is a ledger, and what its columns point to."""

    name: str
    is_ledger: bool
    columns: tuple[Column, ...]
    references: tuple[tuple[str, str], ...]


@functools.cache
def tables() -> dict[str, Table]:
    """Return the 22 entities by name."""
    return {table.name: table for table in map(_read, sorted(SCHEMAS.glob("*.yaml")))}


def _read(path: Path) -> Table:
    schema = yaml.safe_load(path.read_text(encoding="utf-8"))
    columns = []
    for field in schema["fields"]:
        limits = field.get("constraints", {})
        columns.append(
            Column(
                field["name"],
                field["type"],
                bool(limits.get("required")),
                tuple(limits.get("enum", ())),
                limits.get("pattern"),
                limits.get("minimum"),
                field.get("decimals"),
                field.get("personal"),
            )
        )
    references = tuple((link["field"], link["entity"]) for link in schema.get("references", []))
    return Table(schema["name"], schema["semantics"] == "ledger", tuple(columns), references)
