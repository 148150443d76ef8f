"""What was published stays as it was: cells of periods that stood in the release before are taken over.

The folder of the previous release arrives; the cells of the new system that it fixes leave, with the true
values and the doubt of that time. Issuing a year again is done by naming it; whether old and new together are
safe is for the attack to say.
"""

import json
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path

import duckdb

from publication.cells import ALREADY_HIDDEN, NOT_COLLECTED, VALUE, ZERO, Cell, CellSystem, Key
from publication.relations import UNSTATED
from publication.table_list import PublicTable, TableList

DATA = Path("public", "data")
TABLES = Path("public", "tables.json")
PROTECTION = Path("private", "protection.parquet")

Before = dict[Key, tuple[Decimal, float, float]]


def take_over(
    system: CellSystem, table_list: TableList, previous: Path, revised_years: Collection[str]
) -> int:
    """Fix the cells that the release at `previous` shows or hides, except in the revised years; return how
    many."""
    before = _hidden_before(previous / PROTECTION, table_list)
    fixed = 0
    for table in table_list.tables:
        path = previous / DATA / f"{table.name}.parquet"
        if table.name in system.rows and path.exists():
            fixed += _take_over_table(system, table_list, table, path, revised_years, before)
    return fixed


def trees_before(previous: Path) -> dict[str, dict[str, str]]:
    """The kind of each provider and the funder of each grant, as the release at `previous` placed them."""
    document = json.loads((previous / TABLES).read_text(encoding="utf-8"))
    return {
        dimension: {
            child: parent
            for child, parent in document["hierarchies"].get(dimension, {}).items()
            if not child.startswith(UNSTATED)
        }
        for dimension in ("provider", "award")
    }


def _hidden_before(path: Path, table_list: TableList) -> Before:
    """True value and doubt of the hidden cells at the time when they were hidden."""
    if not path.exists():
        return {}
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select measure_id, place, value, below, above from read_parquet($path)", {"path": str(path)}
        ).fetchall()
    before: Before = {}
    for name, place, value, below, above in rows:
        if name in table_list.measures:
            members = json.loads(place)
            dimensions = table_list.measures[name].dimensions
            before[name, tuple(members.get(d, table_list.totals.get(d, "")) for d in dimensions)] = (
                value,
                below,
                above,
            )
    return before


def _take_over_table(
    system: CellSystem,
    table_list: TableList,
    table: PublicTable,
    path: Path,
    revised_years: Collection[str],
    before: Before,
) -> int:
    columns = list(table.columns)
    shown = [column for name in table.measures for column in (name, f"{name}_mark")]
    with duckdb.connect() as connection:
        printed = connection.execute(
            f"select {', '.join([*columns, *shown])} from read_parquet($path) order by all",
            {"path": str(path)},
        ).fetchall()
    rows = []
    for line in printed:
        row = {table.columns[column]: member for column, member in zip(columns, line, strict=False)}
        if row["period"][:4] not in revised_years:
            rows.append((row, line[len(columns) :]))
    periods = {row["period"] for row, _ in rows}
    kept = [row for row in system.rows[table.name] if row["period"] not in periods]
    system.rows[table.name] = kept + [row for row, _ in rows]
    for row, values in rows:
        for number, name in enumerate(table.measures):
            dimensions = table_list.measures[name].dimensions
            at = tuple(row.get(d, table.fixed.get(d, "")) for d in dimensions)
            cell = system.add(Cell(name, at, Decimal(0), 0, table.threshold))
            _fix(cell, values[2 * number], values[2 * number + 1], before.get(cell.key))
    return len(rows) * len(table.measures)


def _fix(cell: Cell, value: object, mark: str, before: tuple[Decimal, float, float] | None) -> None:
    cell.frozen = True
    if mark in (VALUE, ZERO):
        cell.value, cell.absent, cell.reason = Decimal(str(value)), None, None
    elif mark == NOT_COLLECTED:
        cell.absent = NOT_COLLECTED
    else:
        cell.absent, cell.reason = None, ALREADY_HIDDEN
        if before is not None:
            cell.value, cell.demand = before[0], (before[1], before[2])
