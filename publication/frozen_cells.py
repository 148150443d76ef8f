"""What was published stays as it was: cells of periods that were ever public are taken over.

The folders of former releases arrive, the current one first; the cells of the new system that they fix
leave, with the true values and the doubt of that time. Issuing a year again is done by naming it; whether old
and new together are safe is for the attack to say.
"""

import json
from collections.abc import Collection, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from publication.cells import ALREADY_HIDDEN, NOT_COLLECTED, VALUE, ZERO, Cell, CellSystem, Key
from publication.relations import UNSTATED
from publication.revision import Before
from publication.table_list import PublicTable, TableList

DATA = Path("public", "data")
TABLES = Path("public", "tables.json")
PROTECTION = Path("private", "protection.parquet")

Inside = dict[Key, tuple[Decimal, float, float]]
Line = tuple[dict[str, str], tuple]


def take_over(
    system: CellSystem, table_list: TableList, former: Sequence[Path], revised_years: Collection[str]
) -> tuple[int, dict[Key, Before]]:
    """Fix the cells that the first of the `former` folders with a period of a table shows or hides, except in
    the revised years.

    Return how many were fixed, and what was printed or hidden of the revised years.
    """
    fixed = 0
    revised: dict[Key, Before] = {}
    with connect() as connection:
        inside = [_hidden_inside(connection, folder / PROTECTION, table_list) for folder in former]
        for table in table_list.tables:
            if table.name not in system.rows:
                continue
            taken: set[str] = set()
            for folder, before in zip(former, inside, strict=True):
                path = folder / DATA / f"{table.name}.parquet"
                if not path.exists():
                    continue
                lines = [line for line in _printed(connection, path, table) if line[0]["period"] not in taken]
                taken |= {row["period"] for row, _ in lines}
                again = [line for line in lines if line[0]["period"][:4] in revised_years]
                revised |= _known_of(again, table_list, table, before)
                fixed += _take_over(
                    system,
                    table_list,
                    table,
                    [line for line in lines if line[0]["period"][:4] not in revised_years],
                    before,
                )
    return fixed, revised


def trees_before(former: Sequence[Path]) -> dict[str, dict[str, str]]:
    """The kind of each provider and the funder of each grant, as the first of the `former`
    folders placed them.
    """
    trees: dict[str, dict[str, str]] = {"provider": {}, "award": {}}
    for folder in former:
        document = json.loads((folder / TABLES).read_text(encoding="utf-8"))
        for dimension, tree in trees.items():
            for child, parent in document["hierarchies"].get(dimension, {}).items():
                if not child.startswith(UNSTATED):
                    tree.setdefault(child, parent)
    return trees


def _hidden_inside(connection: duckdb.DuckDBPyConnection, path: Path, table_list: TableList) -> Inside:
    """True value and doubt of the hidden cells at the time when they were hidden."""
    if not path.exists():
        return {}
    rows = connection.execute(
        "select measure_id, place, value, below, above from read_parquet($path)", {"path": str(path)}
    ).fetchall()
    before: Inside = {}
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


def _printed(connection: duckdb.DuckDBPyConnection, path: Path, table: PublicTable) -> list[Line]:
    """The rows of a public file: the members of its dimensions; value and mark of each measure in turn."""
    columns = list(table.columns)
    shown = [column for name in table.measures for column in (name, f"{name}_mark")]
    rows = connection.execute(
        f"select {', '.join([*columns, *shown])} from read_parquet($path) order by all", {"path": str(path)}
    ).fetchall()
    return [
        (
            {table.columns[column]: member for column, member in zip(columns, line, strict=False)},
            line[len(columns) :],
        )
        for line in rows
    ]


def _place(row: dict[str, str], name: str, table_list: TableList, table: PublicTable) -> tuple[str, ...]:
    return tuple(row.get(d, table.fixed.get(d, "")) for d in table_list.measures[name].dimensions)


def _known_of(
    lines: Sequence[Line], table_list: TableList, table: PublicTable, inside: Inside
) -> dict[Key, Before]:
    known = {}
    for row, values in lines:
        for number, name in enumerate(table.measures):
            key = (name, _place(row, name, table_list, table))
            value, mark = values[2 * number], values[2 * number + 1]
            if mark in (VALUE, ZERO):
                known[key] = Before(Decimal(str(value)), False)
            elif mark != NOT_COLLECTED:
                _, below, above = inside.get(key, (None, 1.0, 1.0))
                known[key] = Before(None, max(below, above) > 0)
    return known


def _take_over(
    system: CellSystem, table_list: TableList, table: PublicTable, lines: Sequence[Line], inside: Inside
) -> int:
    periods = {row["period"] for row, _ in lines}
    kept = [row for row in system.rows[table.name] if row["period"] not in periods]
    system.rows[table.name] = kept + [row for row, _ in lines]
    for row, values in lines:
        for number, name in enumerate(table.measures):
            at = _place(row, name, table_list, table)
            cell = system.add(Cell(name, at, Decimal(0), 0, table.threshold))
            _fix(cell, values[2 * number], values[2 * number + 1], inside.get(cell.key))
            if cell.hidden:
                system.hidden_before.add(cell.key)
    return len(lines) * len(table.measures)


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
