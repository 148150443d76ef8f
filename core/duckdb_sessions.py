"""DuckDB sessions: how many threads and how much memory each may take, and where it spills.

A database file, or none, arrives; an open connection leaves. What is asked of it does not belong here.
"""

from pathlib import Path
from typing import Any

import duckdb

from core.settings import MachineSettings


def connect(
    database: Path | str | None = None,
    *,
    read_only: bool = False,
    threads: int | None = None,
    memory_share: float = 1.0,
    spill: Path | None = None,
    **options: str | bool,
) -> duckdb.DuckDBPyConnection:
    """Open `database`, or an empty one in memory, with the threads and the memory that the
    machine's settings allow.

    `threads` narrows them, as where the order of rows must not depend on it. Given `spill`, the session takes
    no more than `memory_share` of the memory and writes there what goes beyond; without it, everything stays
    in memory. `options` are further settings of DuckDB.
    """
    machine = MachineSettings()
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads or machine.threads,
        **options,
    }
    if spill is not None:
        config["memory_limit"] = f"{int(machine.memory_megabytes * memory_share)}MB"
        config["temp_directory"] = str(spill)
    return duckdb.connect(str(database or ":memory:"), read_only=read_only, config=config)


def only_row(found: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    """Return the one row of a query that always has one, as a count has."""
    (row,) = found.fetchall()
    return row
