"""What was published stays as it was: cells of periods that stood in the release before are taken over.

The public files of the previous release arrive; the cells of the new system that they fix leave. Issuing a
year again is done by naming it; whether old and new together are safe is for the attacker to say.
"""

from collections.abc import Collection
from decimal import Decimal
from pathlib import Path

import duckdb

from publication.cells import ALREADY_HIDDEN, NOT_COLLECTED, VALUE, ZERO, Cell, CellSystem
from publication.public_files import DATA
from publication.table_list import PublicTable, TableList


def take_over(
    system: CellSystem, table_list: TableList, previous_public: Path, revised_years: Collection[str]
) -> int:
    """Fix the cells that `previous_public` shows or hides, except in the revised years; return how many."""
    fixed = 0
    for table in table_list.tables:
        path = previous_public / DATA / f"{table.name}.parquet"
        if table.name in system.rows and path.exists():
            fixed += _take_over_table(system, table_list, table, path, revised_years)
    return fixed


def _take_over_table(
    system: CellSystem, table_list: TableList, table: PublicTable, path: Path, revised_years: Collection[str]
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
    system.rows[table.name] = [row for row in system.rows[table.name] if row["period"] not in periods] + [
        row for row, _ in rows
    ]
    fixed = 0
    for row, values in rows:
        for number, name in enumerate(table.measures):
            measure = table_list.measures[name]
            at = tuple(row.get(d, table.fixed.get(d, "")) for d in measure.dimensions)
            cell = system.add(Cell(name, at, Decimal(0), 0, table.threshold))
            _fix(cell, values[2 * number], values[2 * number + 1])
            fixed += 1
    return fixed


def _fix(cell: Cell, value: object, mark: str) -> None:
    cell.frozen = True
    if mark in (VALUE, ZERO):
        cell.value, cell.absent, cell.reason = Decimal(str(value)), None, None
    elif mark == NOT_COLLECTED:
        cell.absent = NOT_COLLECTED
    else:
        cell.absent, cell.reason = None, ALREADY_HIDDEN
