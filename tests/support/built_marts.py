"""The marts as dbt builds them, for tests of what reads them: built once, copied for whoever fills them.

A path arrives, a DuckDB file leaves with every schema, table and view of the project, empty; `put` fills a
table by the names of its columns. No column of a mart is written down here, so that one that is renamed or
goes is missed by whoever fills it.
"""

import shutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import duckdb

from core.home import VetroHome
from core.settings import Settings
from orchestration.warehouse import Warehouse
from tests.support.kept_builds import kept_build
from tests.support.parsed_project import put_parsed_project

# What the columns of the marts follow from.
DEPENDS_ON = ("dbt_project", "core", "ingestion", "tests/support/built_marts.py")


def copy_built_marts(path: Path) -> Path:
    """Write a copy of the built marts to `path`, in place of what is there, and return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    shutil.copyfile(built_marts(), path)
    return path


@cache
def built_marts() -> Path:
    """Return the built marts, to be read only."""
    return kept_build("marts", DEPENDS_ON, _build) / "marts.duckdb"


def create_as_built(
    connection: duckdb.DuckDBPyConnection, *tables: str, warehouse: Path | None = None
) -> None:
    """Create in an open database these tables, named with their schema, with the built columns and no row.

    `warehouse` -- the build that has them; None: the one that is kept.
    """
    connection.execute(f"attach '{warehouse or built_marts()}' as built (read_only)")
    for table in tables:
        connection.execute(f"create schema if not exists {table.partition('.')[0]}")
        connection.execute(f"create table {table} as from built.{table} limit 0")
    connection.execute("detach built")


def put(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert rows into a table of the build, by the names of its columns; what a row lacks is null."""
    listed = list(rows)
    columns = list(dict.fromkeys(name for row in listed for name in row))
    named = ", ".join(f'"{name}"' for name in columns)
    # One multi-row insert per thousand: row by row DuckDB takes seconds.
    for first in range(0, len(listed), 1000):
        part = listed[first : first + 1000]
        places = ", ".join(f"({', '.join('?' * len(columns))})" for _ in part)
        connection.execute(
            f"insert into {table} ({named}) values {places}",
            [row.get(name) for row in part for name in columns],
        )


def _build(folder: Path) -> None:
    home = VetroHome.at(folder / "home")
    put_parsed_project(home)
    report = Warehouse(Settings(home=home.root, memory="1GB", threads=2)).build()
    assert report.succeeded, "\n".join(f"{model.name}: {model.message}" for model in report.failures)
    with duckdb.connect() as connection:
        # Without the reference data, which no test of what is invented wants: the file is copied often.
        connection.execute(f"attach '{home.warehouse}' as warehouse (read_only)")
        connection.execute(f"attach '{folder / 'marts.duckdb'}' as marts")
        connection.execute("copy from database warehouse to marts (schema)")
        # What the build says of itself stands in every warehouse.
        state = "intermediate.build_state"
        connection.execute(f"insert into marts.{state} from warehouse.{state}")
    shutil.rmtree(home.root)
