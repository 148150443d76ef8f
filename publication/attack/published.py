"""What a reader has in hand: the tables of one or more releases, as `tables.json` describes them.

A folder with tables.json and its files arrives; places with what is printed in them leave. Working anything
out does not belong here.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from core.errors import VetroError

HIDDEN = "suppressed"
UNKNOWN_MARKS = {"missing", "not_collected", "not_applicable"}

# How much doubt about an amount the attack asks for where a publication does not say what it grants.
SHARE_OF_DOUBT = 0.15

Place = tuple[tuple[str, str], ...]
Name = tuple[str, Place]


class UnreadableReleaseError(VetroError):
    """There is no tables.json, or a file that it names cannot be read as it says."""


@dataclass(frozen=True)
class Printed:
    """What one table says about one place. `value` is None where it is hidden or unknown."""

    table: str
    kind: str
    threshold: float
    value: float | None
    hidden: bool
    half_width: float
    says_zero: bool


@dataclass
class Coverage:
    """Which members each column of a table shows: a place among them that has no row is zero, if the table
    says so."""

    fixed: dict[str, str]
    members: dict[str, set[str]]
    absent_is_zero: bool


@dataclass
class Publication:
    """Everything printed in one folder."""

    hierarchies: dict[str, dict[str, str]]
    distinct_over: dict[str, set[str]]
    zero_links: list[tuple[str, str]]
    at_least: list[tuple[str, str]]
    may_be_negative: set[str]
    protection: float
    sensitive: dict[str, dict[str, list[str] | str]] = field(default_factory=dict)
    nested: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    printed: dict[Name, list[Printed]] = field(default_factory=dict)
    coverage: dict[str, list[Coverage]] = field(default_factory=dict)


def read_publication(folder: Path) -> Publication:
    """Read a release folder or its public side. Raises UnreadableReleaseError saying what is missing."""
    root = folder / "public" if (folder / "public" / "tables.json").exists() else folder
    try:
        document = json.loads((root / "tables.json").read_text(encoding="utf-8"))
        tables = document["tables"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableReleaseError(
            f"{folder.name}: tables.json is not there or cannot be read / tables.json manca o non si legge"
        ) from error
    publication = Publication(
        hierarchies=document.get("hierarchies", {}),
        distinct_over={name: set(dims) for name, dims in document.get("distinct_over", {}).items()},
        zero_links=[(amount, count) for amount, count in document.get("zero_links", [])],
        at_least=[(amount, count) for amount, count in document.get("at_least", [])],
        may_be_negative=set(document.get("may_be_negative", [])),
        protection=float(document.get("protection", SHARE_OF_DOUBT)),
        sensitive=document.get("sensitive", {}),
        nested=document.get("nested", {}),
    )
    for table in tables:
        _read_table(publication, root, table)
    return publication


def _read_table(publication: Publication, root: Path, table: dict) -> None:
    fixed = {dimension: str(member) for dimension, member in (table.get("fixed") or {}).items()}
    columns: dict[str, str] = table["dimensions"]
    half_width = float(table.get("half_width") or 0)
    measure = table.get("measure_id") or table["measure"]
    rows = []
    for line in _lines(root / table["file"], table):
        mark = (line.get(table["mark_column"]) or "") if table.get("mark_column") else ""
        value = _number(line.get(table["measure"]), table)
        place = fixed | {dimension: str(line[column]) for column, dimension in columns.items()}
        hidden = mark == HIDDEN or (value is None and mark not in UNKNOWN_MARKS)
        if mark == "zero" and value is None:
            value = 0.0
        rows.append((tuple(sorted(place.items())), None if hidden else value, hidden))
    says_zero = any(value == 0 for _, value, _ in rows)
    for place, value, hidden in rows:
        publication.printed.setdefault((measure, place), []).append(
            Printed(
                table["name"],
                table["kind"],
                float(table.get("threshold") or 0),
                value,
                hidden,
                half_width,
                says_zero,
            )
        )
    members = {dimension: {dict(place)[dimension] for place, _, _ in rows} for dimension in columns.values()}
    publication.coverage.setdefault(measure, []).append(
        Coverage(fixed, members, table.get("absent", "unknown") == "zero")
    )


def _lines(path: Path, table: dict) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file)
            # A column that is not there must not pass for one that hides everything.
            missing = {*table["dimensions"], table["measure"], table.get("mark_column")} - {None}
            missing -= set(lines.fieldnames or ())
            if missing:
                names = ", ".join(sorted(missing))
                raise UnreadableReleaseError(
                    f"{table['name']}: the file {path.name} has no column {names} / "
                    f"il file {path.name} non ha la colonna {names}"
                )
            yield from lines
    except (OSError, ValueError, csv.Error) as error:
        raise UnreadableReleaseError(
            f"{table['name']}: the file {path.name} cannot be read / il file {path.name} non si legge"
        ) from error


def _number(text: str | None, table: dict) -> float | None:
    if text is None or text == "":
        return None
    try:
        return float(Decimal(text))
    except InvalidOperation as error:
        raise UnreadableReleaseError(
            f"{table['name']}: {table['measure']} is not a number everywhere / non è ovunque un numero"
        ) from error
