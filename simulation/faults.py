"""What goes wrong in real files, in small doses: bad rows, rows sent again, pointers to nothing.

Good rows arrive; the same rows leave with a few of them spoiled, each sent again as it should be with the
next export. The doses stay far below what would have a whole export refused, and a file too small to bear
one bad row gets none.
"""

from collections.abc import Callable

import numpy as np

from simulation.months import NONE, month_count
from simulation.rows import Rows, Words, concat, number_columns, schema, within_month

SMALLEST_FILE = 60
ROWS_PER_FAULT = 400
CHANCE = 0.35
# All the spoiled rows of a file together carry at most this share of any of its euro columns.
LARGEST_SHARE = 0.004
# A row that stands twice in its file is set aside too, on top of those.
REPEATED_SHARE = 0.0003

Spoil = tuple[str, str] | Callable[[Rows, int], None]


def _quantity_off_its_split(rows: Rows, row: int) -> None:
    rows.columns["amount_total"][row] += 500


def _off_the_scale(rows: Rows, row: int) -> None:
    rows.columns["value"][row] = 999_000


FAULTS: dict[str, tuple[Spoil, ...]] = {
    "person": (
        ("istat_residence", "15146"),
        ("citizenship", "ITALIANA"),
        ("birth_date", ""),
        ("sex", "FEMMINA"),
        ("istat_residence", "999998"),
    ),
    "household_member": (("valid_from", "01/02/2025"), ("role", "FIGLIO")),
    "household": (("isee_date", "2025-13-01"),),
    "request": (("channel", "SPORTELLO"), ("received_at", "2025-11-04T10:30:00"), ("need_area", "")),
    "assessment": (("outcome", "PIANO"), ("assessed_on", "")),
    "booking": (("status", "EFFETTUATA"), ("person_id", "1,23457E+14"), ("provider_id", "")),
    "service_delivery": (
        ("istat_place", "15182"),
        ("quantity", "2,5"),
        ("service_id", ""),
        ("start_date", "31/01/2026"),
        _quantity_off_its_split,
    ),
    "measurement": (("wave", "T9"), _off_the_scale, ("measured_on", "")),
    "payment": (("payee_kind", "PERSONA"), ("cig", "B00"), ("reason", "")),
    "voucher_event": (("event", "SPESO"), ("event_at", "2026-01-15T09:00:00")),
    "plan_movement": (("event", "SPESA"), ("event_date", "")),
    "allocation": (("funder_id", ""), ("source_entity", "prestazione")),
    "application": (("channel", "EMAIL"), ("status", "FINANZIATA")),
}


def spoil(rows: Rows, rng: np.random.Generator) -> Rows:
    """Return the rows with a few spoiled, repeated or sent again; the good ones stay as they are."""
    if not len(rows):
        return rows
    extra = []
    kinds = FAULTS.get(rows.entity)
    overrides: list[tuple[int, str, str]] = []
    spoiled = np.zeros(0, dtype=np.int64)
    if kinds:
        spoiled = positions = _spoilable(rows, rng)
        if len(positions):
            corrected = rows.take(positions)
            corrected.columns = {k: _copy(c) for k, c in corrected.columns.items()}
            corrected.month = corrected.month + 1
            corrected.updated = within_month(np.zeros(len(positions), dtype=np.int64), corrected.month)
            extra.append(corrected.take(corrected.month < month_count()))
            rows.columns = {k: _copy(c) for k, c in rows.columns.items()}
            for position in positions:
                kind = kinds[int(rng.integers(len(kinds)))]
                if callable(kind):
                    kind(rows, int(position))
                else:
                    overrides.append((int(position), *kind))
    whole = np.setdiff1d(np.arange(len(rows)), spoiled)
    extra.append(_sent_again(rows.take(whole), rng))
    rows.overrides = rows.overrides + overrides
    return concat([rows, *[e for e in extra if len(e)]])


def _copy(column: np.ndarray | Words) -> np.ndarray | Words:
    return column if isinstance(column, Words) else column.copy()


def _sent_again(rows: Rows, rng: np.random.Generator) -> Rows:
    """A few rows of a ledger go out a second time, unchanged: with the next export, where they are already
    known, or (in large files) with the same one."""
    if schema(rows.entity)["semantics"] != "ledger":
        return rows.take(np.zeros(0, dtype=np.int64))
    counts = np.bincount(rows.month, minlength=month_count())
    draw = rng.random(len(rows))
    twice = (draw < 0.0001) & (counts[rows.month] >= 5 * SMALLEST_FILE)
    twice &= _carries_at_most(rows, REPEATED_SHARE)
    later = (draw > 0.9992) & (rows.month < month_count() - 1)
    again = rows.take(twice | later)
    again.month = again.month + later[twice | later]
    return again


def _carries_at_most(rows: Rows, share: float | np.ndarray) -> np.ndarray:
    """Return where a row carries at most `share` of every euro column of its month's file."""
    light = np.ones(len(rows), dtype=bool)
    for column, decimals in number_columns(rows.entity).items():
        values = rows.columns.get(column)
        if decimals != 2 or values is None:
            continue
        size = np.abs(np.where(values == NONE, 0, values))
        whole = np.bincount(rows.month, weights=size, minlength=month_count())
        light &= size <= whole[rows.month] * share
    return light


def _spoilable(rows: Rows, rng: np.random.Generator) -> np.ndarray:
    """Return positions that may be spoiled: small amounts, nothing that a later row undoes or changes."""
    ledger = schema(rows.entity)["semantics"] == "ledger"
    counts = np.bincount(rows.month, minlength=month_count())
    fine = ~rows.dead & (counts[rows.month] >= SMALLEST_FILE) & (rows.month < month_count() - 1)
    if ledger:
        reverses = rows.columns.get("reverses_id")
        if reverses is not None:
            fine &= (reverses == NONE) & ~np.isin(rows.record, reverses[reverses != NONE])
    else:
        keys = rows.record * 64 + rows.month
        fine &= ~np.isin(keys + 1, keys)
    fine &= _carries_at_most(rows, LARGEST_SHARE / (counts[rows.month] // ROWS_PER_FAULT + 1))
    chosen = []
    for month in np.flatnonzero(counts >= SMALLEST_FILE):
        candidates = np.flatnonzero(fine & (rows.month == month))
        # The first export, the largest, always has some: even the smallest network shows what a bad row
        # looks like.
        want = counts[month] // ROWS_PER_FAULT + (rng.random() < (CHANCE if month else 1.0))
        chosen.append(
            rng.choice(candidates, size=min(int(want), len(candidates) // 4), replace=False)
            if len(candidates) >= 4 and want
            else candidates[:0]
        )
    return np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)
