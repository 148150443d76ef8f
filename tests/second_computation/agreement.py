"""Where two computations of the same network differ, said so that a person can see it.

What the warehouse (or a file of expected figures) holds arrives beside the second computation; sentences
leave, none where both agree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from tests.second_computation.cells import Figure, Key
from tests.second_computation.flags import Flag
from tests.second_computation.whole_network import SecondComputation

COLUMNS = ("numerator", "denominator", "value", "ci_low", "ci_high", "n_persons", "status")
KEY = "indicator_id, scope_type, scope_id, item, area, period_type, period_start"
SCOPES = (
    "network",
    "region",
    "province",
    "instance",
    "comune",
    "funder",
    "grant",
    "provider",
    "service",
    "call",
    "scheme",
    "plan",
    "social_point",
)
SHOWN = 8
QuarantineLine = tuple[str, str, str, str, int, str]


@dataclass(frozen=True)
class Held:
    """What a warehouse says: figures, quarantined lines and flags; `repeated` are cells that stand twice."""

    figures: dict[Key, Figure]
    quarantine: dict[QuarantineLine, str | None]
    flags: set[Flag]
    repeated: set[Key] = field(default_factory=set)


def read_warehouse(path: Path, indicators: Iterable[str]) -> Held:
    """Read the published tables; of `marts.indicator_value` the indicators named, for all people together."""
    names = sorted(indicators)
    with duckdb.connect(str(path), read_only=True, config={"threads": 2}) as connection:
        columns = {row[0] for row in connection.execute("describe marts.indicator_value").fetchall()}
        whole = "and population_group = 'ALL'" if "population_group" in columns else ""
        # Further scopes and items of the same indicators are not computed here.
        scopes = ", ".join(f"'{kind}'" for kind in SCOPES)
        rows = connection.execute(
            f"select {KEY}, {', '.join(COLUMNS)} from marts.indicator_value "
            f"where indicator_id in (select unnest(?)) and scope_type in ({scopes}) {whole} "
            "and (item = 'ALL' or indicator_id = 'outcome_change')",
            [names],
        ).fetchall()
        repeated = {key for key, times in Counter(row[:7] for row in rows).items() if times > 1}
        quarantine = connection.execute(
            'select instance_id, export_id, entity, file, line, code, "column" from quality.quarantine'
        ).fetchall()
        flags = connection.execute("select instance_id, entity, record_id, code from quality.flag").fetchall()
    figures = {row[:7]: Figure(**dict(zip(COLUMNS, row[7:], strict=True))) for row in rows}
    return Held(figures, {line[:6]: line[6] for line in quarantine}, set(flags), repeated)


def disagreements(held: Held, computed: SecondComputation) -> list[str]:
    """Return every difference as a sentence, by indicator and kind, the first few of each kind shown."""
    quarantine = {
        (entry.instance, entry.export_id, entry.entity, entry.file, entry.line, entry.code): entry.column
        for entry in computed.quarantine
    }
    # Where a rule is about one column alone, both must name it.
    columns = {line: column for line, column in quarantine.items() if column and line in held.quarantine}
    named = {line: held.quarantine[line] for line in columns}
    return [
        *_set_differences("marts.indicator_value, cells that stand more than once", held.repeated, set()),
        *figure_differences(held.figures, computed.figures),
        *_set_differences("quality.quarantine", set(held.quarantine), set(quarantine)),
        *_set_differences("the column in quality.quarantine", set(named.items()), set(columns.items())),
        *_set_differences("quality.flag", held.flags, computed.flags),
    ]


def figure_differences(held: Mapping[Key, Figure], computed: Mapping[Key, Figure]) -> list[str]:
    """Return how the figures differ."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in sorted(held.keys() - computed.keys(), key=str):
        found[key[0], "stands only in the warehouse"].append(f"{place(key)}: {held[key]}")
    for key in sorted(computed.keys() - held.keys(), key=str):
        found[key[0], "is missing from the warehouse"].append(f"{place(key)}: {computed[key]}")
    for key in sorted(held.keys() & computed.keys(), key=str):
        for column in COLUMNS:
            ours, theirs = getattr(computed[key], column), getattr(held[key], column)
            if not equal(ours, theirs):
                found[key[0], f"{column} differs"].append(
                    f"{place(key)}: warehouse {theirs}, computed {ours}"
                )
    return [
        line
        for (indicator, kind), places in found.items()
        for line in (
            f"{indicator}: {kind} in {len(places)} cells",
            *(f"    {each}" for each in places[:SHOWN]),
        )
    ]


def equal(one: Any, other: Any) -> bool:
    """Whether two figures are the same: exactly for decimals and words, to nine digits for doubles."""
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one))
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one == other
    return one == other


def place(key: Key) -> str:
    """Return a cell's address in one line."""
    _, kind, scope_id, item, area, period, start = key
    crossed = "".join(f" / {part}" for part in (item, area) if part != "ALL")
    return f"{kind} {scope_id}{crossed}, {period} {start}"


def _set_differences(table: str, held: set, computed: set) -> list[str]:
    lines = []
    for kind, only in (("only in the warehouse", held - computed), ("missing there", computed - held)):
        if only:
            lines.append(f"{table}: {len(only)} rows {kind}")
            lines += [f"    {entry}" for entry in sorted(only, key=str)[: 3 * SHOWN]]
    return lines
