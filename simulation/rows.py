"""Rows of one entity, column by column, and the text they become in an export.

Numpy columns arrive, Arrow string columns in the contract's order leave. Where the rows come from and which
file they end in does not belong here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

import ingestion
from simulation.months import NONE, created_moment, date_text, first_day, moment_text, month_count, month_of

CONTRACT_FOLDER = Path(ingestion.__file__).parent / "contract" / "v1"

# How a record of each entity is called in the simulated source systems.
PREFIX = {
    "allocation": "AL-", "application": "AP-", "assessment": "AS-", "booking": "BK-", "call": "CA-",
    "corporate_plan": "CP-", "grant": "GR-", "grant_line": "GL-", "grant_target": "GT-", "household": "HH-",
    "household_member": "HM-", "measurement": "ME-", "organisation": "OR-", "outcome_indicator": "OI-",
    "payment": "PY-", "person": "PE-", "plan_movement": "PM-", "request": "RE-", "service": "SE-",
    "service_delivery": "SD-", "voucher": "VO-", "voucher_event": "VE-",
}  # fmt: skip


@cache
def schema(entity: str) -> dict:
    """Return the entity's Table Schema as the contract's file gives it."""
    return yaml.safe_load((CONTRACT_FOLDER / f"{entity}.yaml").read_text(encoding="utf-8"))


@cache
def entities() -> tuple[str, ...]:
    """Return the names of the contract's entities, in alphabetical order."""
    return tuple(sorted(path.stem for path in CONTRACT_FOLDER.glob("*.yaml")))


@cache
def _reference_prefixes(entity: str) -> dict[str, str]:
    return {item["field"]: PREFIX[item["entity"]] for item in schema(entity).get("references", [])}


@cache
def number_columns(entity: str) -> dict[str, int]:
    """Return the number columns of an entity and their decimals."""
    return {f["name"]: f["decimals"] for f in schema(entity)["fields"] if f["type"] == "number"}


@dataclass(frozen=True)
class Words:
    """A text column as codes into a list of labels; code -1 is null."""

    codes: np.ndarray
    labels: Sequence[str]

    def take(self, index: np.ndarray) -> "Words":
        """Return the rows at `index`."""
        return Words(self.codes[index], self.labels)

    def __len__(self) -> int:
        return len(self.codes)


def words(label: str | None, n: int) -> Words:
    """Return n times the same label (or null)."""
    return Words(np.full(n, -1 if label is None else 0, dtype=np.int64), [label or ""])


def texts(values: Sequence[str | None]) -> Words:
    """Return one label per row, for small tables written by hand."""
    return Words(
        np.array([-1 if v is None else i for i, v in enumerate(values)], dtype=np.int64),
        [v or "" for v in values],
    )


Column = np.ndarray | Words


def _take(column: Column, index: np.ndarray) -> Column:
    return column.take(index) if isinstance(column, Words) else column[index]


def _concat(columns: Sequence[Column]) -> Column:
    told = next((c for c in columns if isinstance(c, Words)), None)
    if told is None:
        return np.concatenate(columns)
    # A part that leaves a text column out has it as numbers without value.
    columns = [c if isinstance(c, Words) else Words(np.full(len(c), -1), told.labels) for c in columns]
    if all(c.labels is columns[0].labels for c in columns):
        return Words(np.concatenate([c.codes for c in columns]), columns[0].labels)
    codes: list[np.ndarray] = []
    labels: list[str] = []
    for column in columns:
        codes.append(np.where(column.codes < 0, -1, column.codes + len(labels)))
        labels.extend(column.labels)
    return Words(np.concatenate(codes), labels)


@dataclass
class Rows:
    """Rows of one entity. All arrays have the same length.

    record: record numbers, unique per instance and entity. month: the export that carries the row, 0..23.
    updated: UTC seconds. version: row_version. dead: True for a tombstone. columns: contract columns by
    name; ids, days, moments, booleans (0/1) and integers as int64 with NONE for null, numbers as int64 in
    their last decimal (cents, thousandths), texts as `Words`. A column left out is null. overrides: (row,
    column, text) written instead of the column's own text.
    """

    entity: str
    record: np.ndarray
    month: np.ndarray
    updated: np.ndarray
    columns: dict[str, Column]
    version: np.ndarray | None = None
    dead: np.ndarray | None = None
    overrides: list[tuple[int, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        n = len(self.record)
        if self.version is None:
            self.version = np.ones(n, dtype=np.int64)
        if self.dead is None:
            self.dead = np.zeros(n, dtype=bool)
        for name, column in self.columns.items():
            if len(column) != n:
                raise ValueError(f"{self.entity}.{name} has {len(column)} rows, expected {n}")

    def __len__(self) -> int:
        return len(self.record)

    def take(self, index: np.ndarray) -> "Rows":
        """Return the rows at `index` (positions or mask); overrides follow their rows."""
        if index.dtype == bool:
            index = np.flatnonzero(index)
        overrides = []
        if self.overrides:
            place = {int(old): new for new, old in enumerate(index)}
            overrides = [(place[r], c, t) for r, c, t in self.overrides if r in place]
        return Rows(
            self.entity,
            self.record[index],
            self.month[index],
            self.updated[index],
            {name: _take(column, index) for name, column in self.columns.items()},
            self.version[index],
            self.dead[index],
            overrides,
        )


def concat(parts: Sequence[Rows]) -> Rows:
    """Stack rows of one entity; every part has the same columns."""
    first = parts[0]
    overrides, shift = [], 0
    for part in parts:
        overrides += [(row + shift, column, text) for row, column, text in part.overrides]
        shift += len(part)
    return Rows(
        first.entity,
        np.concatenate([p.record for p in parts]),
        np.concatenate([p.month for p in parts]),
        np.concatenate([p.updated for p in parts]),
        {name: _concat([p.columns[name] for p in parts]) for name in first.columns},
        np.concatenate([p.version for p in parts]),
        np.concatenate([p.dead for p in parts]),
        overrides,
    )


def recorded_in(moments: np.ndarray, delay: np.ndarray | int = 0) -> np.ndarray:
    """Return the export that first carries what happened at each moment, `delay` months later
    than it could.
    """
    return np.maximum(month_of(moments), 0) + delay


def within_month(moments: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return updated_at: the moment itself, moved into the month that tells it (earlier ones stay
    in the first).
    """
    starts = np.array([first_day(m) * 86_400 + 6 * 3600 for m in range(month_count() + 1)])
    ends = np.array([created_moment(m) - 2 * 3600 for m in range(month_count() + 1)])
    safe = np.clip(month, 0, month_count())
    spread = (np.abs(moments) * 7919) % (9 * 86_400)
    low = np.where(safe == 0, np.iinfo(np.int64).min, starts[safe])
    return np.minimum(np.where(moments < low, starts[safe] + spread, moments), ends[safe])


def events(
    entity: str,
    record: np.ndarray,
    moments: np.ndarray,
    columns: dict[str, Column],
    delay: np.ndarray | int = 0,
    month: np.ndarray | None = None,
) -> Rows:
    """Return ledger rows for things that happened at `moments`; those told after the last export
    are left out.
    """
    month = recorded_in(moments, delay) if month is None else month
    rows = Rows(entity, record, month, within_month(moments, month), columns)
    return rows.take(month < month_count())


@dataclass
class Stage:
    """One state of each record: from which moment (NONE: never), and the columns that it changes."""

    since: np.ndarray
    columns: Mapping[str, Column]
    dead: bool = False


def states(
    entity: str,
    record: np.ndarray,
    columns: dict[str, Column],
    stages: Sequence[Stage],
    delay: np.ndarray | int = 0,
) -> Rows:
    """Return the versions of state records: in each export the last stage reached, row_version
    counting the stages.

    Stages are in order of time for every record. A stage not reached by the last export does not exist yet.
    """
    reached = [
        np.where(s.since == NONE, month_count(), recorded_in(np.where(s.since == NONE, 0, s.since), delay))
        for s in stages
    ]
    version = np.zeros(len(record), dtype=np.int64)
    parts = []
    changing = {name for stage in stages for name in stage.columns}
    current = {name: columns.get(name) for name in changing}
    for position, stage in enumerate(stages):
        month = reached[position]
        exists = month < month_count()
        version = version + exists
        last = exists.copy()
        for later in reached[position + 1 :]:
            last &= later != month
        current.update(stage.columns)
        keep = np.flatnonzero(last)
        merged = {**columns, **{k: v for k, v in current.items() if v is not None}}
        blank = {k: np.full(len(record), NONE) for k, v in current.items() if v is None}
        whole = Rows(
            entity,
            record,
            month,
            within_month(np.where(stage.since == NONE, 0, stage.since), month),
            {**merged, **blank},
            version.copy(),
            np.full(len(record), stage.dead),
        )
        parts.append(whole.take(keep))
    return concat(parts)


def _decimal_text(values: np.ndarray, decimals: int) -> pa.Array:
    missing = values == NONE
    safe = np.where(missing, 0, values).astype(np.int64)
    pairs = np.empty((len(safe), 2), dtype=np.int64)
    pairs[:, 0] = safe
    pairs[:, 1] = safe >> 63
    array = pa.Array.from_buffers(
        pa.decimal128(18, decimals), len(safe), [None, pa.py_buffer(pairs.tobytes())]
    )
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), pc.cast(array, pa.string()))


def _number_text(values: np.ndarray) -> pa.Array:
    return pc.cast(pa.array(values, mask=values == NONE), pa.string())


def identifiers(prefix: str, numbers: np.ndarray) -> pa.Array:
    """Return record ids: the prefix and the number; NONE becomes null."""
    return pc.binary_join_element_wise(pa.scalar(prefix), _number_text(numbers), "")


def _column_text(entity: str, spec: dict, column: Column | None, n: int) -> pa.Array:
    if column is None:
        return pa.nulls(n, pa.string())
    if isinstance(column, Words):
        index = pa.array(column.codes, mask=column.codes < 0)
        return pa.array(column.labels, type=pa.string()).take(index)
    kind = spec["type"]
    if kind == "date":
        return date_text(column)
    if kind == "datetime":
        return moment_text(column)
    if kind == "number":
        return _decimal_text(column, spec["decimals"])
    if kind == "boolean":
        return pa.array(["false", "true"]).take(pa.array(column, mask=column == NONE))
    prefix = _reference_prefixes(entity).get(spec["name"])
    return identifiers(prefix, column) if prefix else _number_text(column)


def as_text(rows: Rows) -> pa.Table:
    """Return the contract's columns, in order, as text."""
    n = len(rows)
    arrays: dict[str, pa.Array] = {}
    for spec in schema(rows.entity)["fields"]:
        name = spec["name"]
        if name == "record_id":
            arrays[name] = identifiers(PREFIX[rows.entity], rows.record)
        elif name == "op":
            arrays[name] = pa.array(["U", "D"]).take(pa.array(rows.dead.astype(np.int32)))
        elif name == "updated_at":
            arrays[name] = moment_text(rows.updated)
        elif name == "row_version":
            arrays[name] = _number_text(rows.version)
        elif name == "source_id":
            arrays[name] = _source_text(rows)
        else:
            arrays[name] = _column_text(rows.entity, spec, rows.columns.get(name), n)
    by_column: dict[str, list[tuple[int, str]]] = {}
    for row, name, text in rows.overrides:
        by_column.setdefault(name, []).append((row, text))
    for name, changes in by_column.items():
        mask = np.zeros(n, dtype=bool)
        mask[[row for row, _ in changes]] = True
        values = [text or None for _, text in sorted(changes)]
        arrays[name] = pc.replace_with_mask(arrays[name], pa.array(mask), pa.array(values, type=pa.string()))
    return pa.table(arrays)


def _source_text(rows: Rows) -> pa.Array:
    source = rows.columns["source_entity"]
    prefixes = pa.array([PREFIX[label] for label in source.labels]).take(pa.array(source.codes))
    return pc.binary_join_element_wise(prefixes, _number_text(rows.columns["source_id"]), "")
