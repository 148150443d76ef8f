"""The loading: which exports are accepted, which rows are loaded, known or quarantined, what is erased.

Exports in any order arrive; what is held of every instance afterwards leaves. It trusts exports to be whole
(hashes, counts and totals belong to the loading's own tests), but applies order, repetition, the limit on bad
rows and every rule about rows.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from tests.second_computation.contract_files import Table, tables
from tests.second_computation.export_files import Export, Row
from tests.second_computation.row_rules import SIGNED_AMOUNTS, ComuneIsValid, read_row, row_codes
from tests.second_computation.typed import Unreadable, as_text, typed

TOLD_ABOUT_THE_PERSON = ["household_member", "request", "assessment", "booking", "measurement"]
STAYS_WITHOUT_THE_PERSON = ["voucher", "application", "service_delivery", "payment", "plan_movement"]
NOT_CONTENT = {"op", "updated_at", "row_version"}
# What an export says first, because later rows of the same export are judged by it.
FIRST = ["outcome_indicator"]


@dataclass(frozen=True)
class Quarantined:
    """One code of one bad row. `column` only where one column alone is concerned."""

    instance: str
    export_id: str
    entity: str
    file: str
    line: int
    code: str
    column: str | None = None


@dataclass
class Loaded:
    """One row as it was loaded, with the export that first brought it."""

    row: dict[str, Any]
    order: int
    export_id: str
    line: int
    period_from: date
    created_on: date


@dataclass
class Held:
    """What is held of one instance: every version of state rows, every ledger row, and who was erased."""

    versions: dict[str, dict[str, list[Loaded]]] = field(default_factory=lambda: defaultdict(dict))
    ledger: dict[str, dict[str, Loaded]] = field(default_factory=lambda: defaultdict(dict))
    erased_persons: set[str] = field(default_factory=set)
    erased_records: set[tuple[str, str]] = field(default_factory=set)
    lost_their_person: set[tuple[str, str]] = field(default_factory=set)

    def copy(self) -> Held:
        """Return a copy that can be loaded into and thrown away."""
        other = Held(
            erased_persons=set(self.erased_persons),
            erased_records=set(self.erased_records),
            lost_their_person=set(self.lost_their_person),
        )
        for entity, records in self.versions.items():
            other.versions[entity] = {record_id: list(versions) for record_id, versions in records.items()}
        for entity, records in self.ledger.items():
            other.ledger[entity] = dict(records)
        return other


@dataclass
class Accepted:
    """One accepted export with what became of its rows."""

    export: Export
    received: int = 0
    quarantined_rows: int = 0
    quarantine: list[Quarantined] = field(default_factory=list)
    money: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


@dataclass
class Loading:
    """Everything behind the loading, and why the rest is outside (status by export_id and fingerprint)."""

    held: dict[str, Held]
    accepted: list[Accepted]
    turned_away: list[tuple[Export, str]]


def load_all(exports: list[Export], instances: set[str], comune_is_valid: ComuneIsValid) -> Loading:
    """Load exports in the order of each instance's sequence; each gives its rows away."""
    loading = Loading(defaultdict(Held), [], [])
    next_sequence: dict[str, int] = defaultdict(lambda: 1)
    fingerprints: set[str] = set()
    for export in sorted(exports, key=lambda export: (export.instance, export.sequence)):
        if export.fingerprint in fingerprints:
            loading.turned_away.append((export, "known"))
        elif export.instance not in instances or export.sequence < next_sequence[export.instance]:
            loading.turned_away.append((export, "refused"))
        elif export.sequence > next_sequence[export.instance]:
            loading.turned_away.append((export, "held"))
        else:
            held = loading.held[export.instance].copy()
            # Read once: the text of a large network does not fit beside what is held of it.
            rows, export.rows = export.rows, {}
            accepted = _load(export, rows, held, len(loading.accepted), comune_is_valid)
            if accepted is None:
                loading.turned_away.append((export, "refused"))
                continue
            loading.held[export.instance] = held
            loading.accepted.append(accepted)
            fingerprints.add(export.fingerprint)
            next_sequence[export.instance] += 1
    return loading


def _load(
    export: Export, rows: dict[str, list[Row]], held: Held, order: int, comune_is_valid: ComuneIsValid
) -> Accepted | None:
    accepted = Accepted(export)
    for person_id in export.erased_persons:
        _erase(held, person_id)
    for entity in sorted(rows, key=lambda name: name not in FIRST):
        if not _load_entity(rows[entity], tables()[entity], held, order, comune_is_valid, accepted):
            return None
    return accepted


def _load_entity(
    lines: list[Row],
    table: Table,
    held: Held,
    order: int,
    comune_is_valid: ComuneIsValid,
    accepted: Accepted,
) -> bool:
    """Load one entity's rows; False where too many of them are bad."""
    export = accepted.export
    bad: dict[int, dict[str, str | None]] = {}
    good = []
    for place, line in enumerate(lines):
        if line.values is None:
            bad[place] = {"row_malformed": None}
            continue
        row, codes = read_row(table, line.values)
        if not codes:
            codes = dict.fromkeys(row_codes(table, row, comune_is_valid))
        if codes:
            bad[place] = codes
        else:
            good.append((place, row))
    new = {}
    for place, row in good:
        code, loaded = _against_the_held(table, row, held, new)
        if code:
            bad[place] = {code: None}
        elif loaded is not None:
            line = lines[place]
            new[row["record_id"]] = (
                place,
                Loaded(loaded, order, export.export_id, line.line, export.period_from, export.created_on),
            )
        else:
            new[row["record_id"]] = (place, None)
    if table.is_ledger:
        _drop_invalid_reversals(table, held, new, bad)
    for record_id, (_, loaded) in new.items():
        if loaded is None:
            continue
        if table.is_ledger:
            held.ledger[table.name][record_id] = loaded
        else:
            held.versions[table.name].setdefault(record_id, []).append(loaded)
    accepted.received += len(lines)
    accepted.quarantined_rows += len(bad)
    for place, codes in bad.items():
        line = lines[place]
        accepted.quarantine += [
            Quarantined(export.instance, export.export_id, table.name, line.file, line.line, code, column)
            for code, column in codes.items()
        ]
    return not _too_many(table, lines, bad)


def _against_the_held(
    table: Table, row: dict[str, Any], held: Held, new: dict[str, Any]
) -> tuple[str | None, dict[str, Any] | None]:
    """Return a code, or the row to load, or neither where the row is already known."""
    record_id = row["record_id"]
    if record_id in new:
        return "duplicate_in_file", None
    person_column = "record_id" if table.name == "person" else "person_id"
    if row.get(person_column) in held.erased_persons:
        undone = (table.name, row.get("reverses_id"))
        if undone not in held.lost_their_person:
            return "erased_person", None
        row = {**row, "person_id": None}
        held.lost_their_person.add((table.name, record_id))
    if table.name == "measurement" and _off_scale(row, held):
        return "out_of_range", None
    if not table.is_ledger:
        versions = held.versions[table.name].get(record_id, [])
        return None, None if versions and current(versions).row == row else row
    standing = held.ledger[table.name].get(record_id)
    if standing is None:
        return None, row
    return (None if _content(standing.row) == _content(row) else "ledger_changed"), None


def _content(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in NOT_CONTENT}


def _off_scale(row: dict[str, Any], held: Held) -> bool:
    versions = held.versions["outcome_indicator"].get(row["indicator_id"])
    if not versions:
        return False
    scale = (last_upsert(versions) or current(versions)).row
    return not scale["scale_min"] <= row["value"] <= scale["scale_max"]


def _drop_invalid_reversals(
    table: Table, held: Held, new: dict[str, Any], bad: dict[int, dict[str, str | None]]
) -> None:
    undone = {
        loaded.row["reverses_id"] for loaded in held.ledger[table.name].values() if loaded.row["reverses_id"]
    }
    for record_id in list(new):
        place, loaded = new[record_id]
        if loaded is None:
            continue
        row = loaded.row
        if table.name in {"voucher_event", "plan_movement"}:
            wrong = (row["event"] == "REVERSAL") != (row["reverses_id"] is not None)
        else:
            wrong = False
        if row["reverses_id"] is not None and not wrong:
            target = _target(table, held, new, row["reverses_id"])
            wrong = target is None or not _undoes(table.name, row, target) or row["reverses_id"] in undone
        if wrong:
            bad[place] = {"reversal_invalid": None}
            del new[record_id]
        elif row["reverses_id"] is not None:
            undone.add(row["reverses_id"])


def _target(table: Table, held: Held, new: dict[str, Any], record_id: str) -> dict[str, Any] | None:
    if record_id in held.ledger[table.name]:
        return held.ledger[table.name][record_id].row
    _, loaded = new.get(record_id, (None, None))
    return loaded.row if loaded else None


def _undoes(entity: str, row: dict[str, Any], target: dict[str, Any]) -> bool:
    if target["reverses_id"] is not None:
        return False
    if entity in {"voucher_event", "plan_movement"}:
        return row["amount"] == target["amount"]
    return all(row[name] == -target[name] for name in SIGNED_AMOUNTS.get(entity, []))


def current(versions: list[Loaded]) -> Loaded:
    """Return the version that wins: highest row_version, then latest updated_at, then the later export."""
    return max(
        versions, key=lambda loaded: (loaded.row["row_version"], loaded.row["updated_at"], loaded.order)
    )


def last_upsert(versions: list[Loaded]) -> Loaded | None:
    """Return the winning version among those that are not tombstones."""
    upserts = [loaded for loaded in versions if loaded.row["op"] == "U"]
    return current(upserts) if upserts else None


def _erase(held: Held, person_id: str) -> None:
    held.erased_persons.add(person_id)
    held.versions["person"].pop(person_id, None)
    held.erased_records.add(("person", person_id))
    for entity in TOLD_ABOUT_THE_PERSON:
        records = held.ledger[entity] if tables()[entity].is_ledger else held.versions[entity]
        for record_id in list(records):
            told = records[record_id] if isinstance(records[record_id], list) else [records[record_id]]
            kept = [loaded for loaded in told if loaded.row["person_id"] != person_id]
            if not kept:
                del records[record_id]
                held.erased_records.add((entity, record_id))
            elif len(kept) < len(told):
                records[record_id] = kept
    for entity in STAYS_WITHOUT_THE_PERSON:
        records = held.ledger[entity] if tables()[entity].is_ledger else held.versions[entity]
        for record_id, value in records.items():
            if isinstance(value, list):
                records[record_id] = [_without(loaded, person_id) for loaded in value]
            elif value.row["person_id"] == person_id:
                records[record_id] = _without(value, person_id)
                held.lost_their_person.add((entity, record_id))


def _without(loaded: Loaded, person_id: str) -> Loaded:
    if loaded.row["person_id"] != person_id:
        return loaded
    other = copy.copy(loaded)
    other.row = {**loaded.row, "person_id": None}
    return other


def _too_many(table: Table, rows: list[Row], bad: dict[int, dict[str, str | None]]) -> bool:
    counted = {place for place, codes in bad.items() if set(codes) != {"erased_person"}}
    if len(counted) * 100 > len(rows) * 2:
        return True
    for column in table.columns:
        if not column.is_euro:
            continue
        whole = quarantined = Decimal(0)
        for place, line in enumerate(rows):
            text = as_text(line.values[column.name]) if line.values else None
            if text is None:
                continue
            try:
                amount = abs(typed(column, text))
            except Unreadable:
                continue
            whole += amount
            quarantined += amount if place in counted else 0
        if quarantined * 1000 > whole * 5:
            return True
    return False
