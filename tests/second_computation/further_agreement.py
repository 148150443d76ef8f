"""Where a warehouse and the second computation of the further measures differ, in sentences.

A built warehouse and what was computed arrive; sentences leave, none where every cell of every table agrees.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date
from pathlib import Path
from typing import Any

import duckdb

from tests.second_computation.agreement import SHOWN, equal
from tests.second_computation.calendar_days import rome_day
from tests.second_computation.cells import Figure
from tests.second_computation.comparison import Compared, compare
from tests.second_computation.curve_points import Point, points
from tests.second_computation.funnels import Stage, stage_counts
from tests.second_computation.further_network import all_figures
from tests.second_computation.grant_warnings import warnings
from tests.second_computation.quality_scores import Score, quality_scores
from tests.second_computation.reporting import Beside, Reporting
from tests.second_computation.whole_network import SecondComputation

CELL = "scope_type, scope_id, item, area, period_type, period_start, population_group"
COHORT = "scope_type, scope_id, area, period_type, period_start"
SCORED = "scope_type, scope_id, month_start, dimension"
Cells = Mapping[Any, Any]


def further_disagreements(warehouse: Path, computed: SecondComputation) -> list[str]:
    """Return every difference in the long table, the curves, the funnels, the warnings, the scores
    and the comparison."""
    network = computed.network
    with duckdb.connect(str(warehouse), read_only=True, config={"threads": 2}) as connection:
        connection.execute("set timezone = 'UTC'")
        figures = all_figures(computed, _accepted_on(connection))
        beside = Reporting(network).beside(figures)
        return [
            *_differences(
                "marts.indicator_value",
                _read(connection, "marts.indicator_value", f"indicator_id, {CELL}", Figure),
                figures,
            ),
            *_differences(
                "marts.indicator_value, what stands beside",
                _read(connection, "marts.indicator_value", f"indicator_id, {CELL}", Beside),
                beside,
            ),
            *_differences(
                "marts.survival_curve",
                _read(connection, "marts.survival_curve", f"indicator_id, {COHORT}, day", Point),
                dict(points(network)),
            ),
            *_differences(
                "marts.stage_count",
                _read(connection, "marts.stage_count", f"funnel, {COHORT}, stage", Stage),
                dict(stage_counts(network)),
            ),
            *_differences(
                "marts.quality_score",
                _read(connection, "marts.quality_score", SCORED, Score),
                dict(quality_scores(network, computed.flags)),
            ),
            *_differences("marts.grant_warning", _warned(connection), dict(warnings(network))),
            *_differences(
                "marts.comparison",
                _read(
                    connection,
                    "marts.comparison",
                    "indicator_id, item, area, period_start, instance_id",
                    Compared,
                ),
                compare(computed, figures),
            ),
        ]


def _accepted_on(connection: duckdb.DuckDBPyConnection) -> dict[str, date]:
    # When an export came in is no computation: the loading's clock says so.
    rows = connection.execute(
        "select export_id, attempted_at from quality.export_log where status = 'accepted'"
    ).fetchall()
    return {export_id: rome_day(moment.replace(tzinfo=UTC)) for export_id, moment in rows}


def _read(connection: duckdb.DuckDBPyConnection, table: str, key: str, kind: type) -> Cells:
    columns = [field.name for field in dataclasses.fields(kind)]
    width = len(key.split(","))
    # Two rows with one key would hide each other: both stay, under keys of their own.
    cells: dict[Any, Any] = {}
    for row in connection.execute(f"select {key}, {', '.join(columns)} from {table}").fetchall():
        name = row[:width] if row[:width] not in cells else (*row[:width], "repeated")
        cells[name] = kind(**dict(zip(columns, row[width:], strict=True)))
    return cells


def _warned(connection: duckdb.DuckDBPyConnection) -> Cells:
    rows = connection.execute(
        "select grant_id, kind, detail, amount, record_ids from marts.grant_warning"
    ).fetchall()
    return Counter(
        (*row[:4], frozenset(row[4].replace(",", " ").split()) if row[4] is not None else None)
        for row in rows
    )


def _differences(table: str, held: Cells, computed: Cells) -> list[str]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in held.keys() - computed.keys():
        found[str(key[0]), "stands only in the warehouse"].append(f"{_place(key)}: {held[key]}")
    for key in computed.keys() - held.keys():
        found[str(key[0]), "is missing from the warehouse"].append(f"{_place(key)}: {computed[key]}")
    for key in held.keys() & computed.keys():
        for column, ours, theirs in _unequal(computed[key], held[key]):
            found[str(key[0]), f"{column} differs"].append(
                f"{_place(key)}: warehouse {theirs}, computed {ours}"
            )
    return [
        line
        for (subject, kind), places in sorted(found.items())
        for line in (
            f"{table}, {subject}: {kind} in {len(places)} cells",
            *(f"    {each}" for each in sorted(places)[:SHOWN]),
        )
    ]


def _unequal(ours: Any, theirs: Any) -> list[tuple[str, Any, Any]]:
    if ours == theirs:
        return []
    if not dataclasses.is_dataclass(ours):
        return [("how often", ours, theirs)]
    names = [field.name for field in dataclasses.fields(ours)]
    pairs = [(name, getattr(ours, name), getattr(theirs, name)) for name in names]
    return [(name, mine, other) for name, mine, other in pairs if not equal(mine, other)]


def _place(key: tuple) -> str:
    return " / ".join(str(part) for part in key[1:])
