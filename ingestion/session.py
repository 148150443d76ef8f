"""Ingestion's DuckDB connection, its tables, and statements planned once.

Arrives: the home. Leaves: an `IngestionSession` whose tables stand for the whole run. A month of a small
territory is some twenty files of a few hundred rows: planning the checks would take ten times as long as
running them, so each statement is prepared once and the tables it names are emptied, never dropped. What the
statements say does not belong here.

Tables of an entity E: `text_E` (columns as text), `rows_E` (typed and checked), `problem_E` (row, code,
column), `known_E` (row), `held_E` (what the instance told before). `origin` says of rows made from foreign
files where they stood there. The checked rows of a large file do not stand in memory but in a Parquet file of
the work folder, seen through the view `large_E`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from core.sql import identifier, literal
from ingestion.contract.schema import Entity, load_contract
from ingestion.privacy.direct_identifiers import prepare_search
from ingestion.privacy.pseudonymisation import personal_number, raw_columns
from ingestion.privacy.pseudonyms import PseudonymKey, prepare_pseudonyms
from ingestion.reference.tables import reference_relation

# The rest is for Python and Arrow, which read the files.
MEMORY_SHARE = 0.8


def _declared(columns: list[tuple[str, str]]) -> str:
    return ", ".join(f"{identifier(name)} {kind}" for name, kind in columns)


def rows_columns(entity: Entity) -> list[tuple[str, str]]:
    """Return name and type of the columns of `rows_E`: the raw file's, the numbers summed
    apart, faults, line.
    """
    columns = [(column.name, column.type) for column in raw_columns(entity)]
    columns += [(personal_number(field), "DECIMAL(18,2)") for field in entity.numbers if field.personal]
    return [*columns, ("_form", "VARCHAR"), ("_rule", "VARCHAR"), ("_line", "BIGINT")]


class IngestionSession:
    """A connection with its tables. `once` runs a statement; `again` runs one that will come
    again, planned once.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, work: Path):
        self.connection = connection
        self._work = work
        self._large: dict[str, Path] = {}
        self._changed: list[str] = []
        self._laid = 0
        self._prepared: dict[str, str] = {}
        self._written: set[str] = set()

    def once(self, sql: str, parameters: list | None = None) -> duckdb.DuckDBPyConnection:
        """Run `sql`."""
        return self.connection.execute(sql, parameters) if parameters else self.connection.execute(sql)

    def again(self, sql: str, *values: int | str | None) -> duckdb.DuckDBPyConnection:
        """Run `sql`, whose `$1`, `$2` are `values`; it is planned at its first run and kept."""
        name = self._prepared.get(sql)
        if name is None:
            name = self._prepared[sql] = f"statement_{len(self._prepared)}"
            self.connection.execute(f"prepare {name} as {sql}")
        given = ", ".join(
            "null" if value is None else str(value) if isinstance(value, int) else literal(value)
            for value in values
        )
        return self.connection.execute(f"execute {name}({given})" if values else f"execute {name}")

    def fill(self, table: str, sql: str, *values: int | str | None) -> int:
        """Append to `table` what `sql` selects, and return how many rows that was."""
        [(rows,)] = self.again(f"insert into {table} {sql}", *values).fetchall()
        if rows:
            self._written.add(table)
        return rows

    def lay_large(self, entity: str, sql: str) -> str:
        """Write what `sql` selects, in its order, to a file, and return the view over it: its columns, and
        `_place`, which counts the rows from 0.

        Both cores write it, in a tenth of the room: it costs less than a table, and as much for the last row
        as for the first.
        """
        # A name of its own for every file: DuckDB may still know what stood under an old one.
        self._laid += 1
        path = self._large[entity] = self._work / f"large_{entity}_{self._laid}.parquet"
        # Read once or twice and removed: dictionaries would cost more than they save.
        self.once(
            f"copy ({sql}) to {literal(path)} (format parquet, compression lz4, dictionary_size_limit 1)"
        )
        self.once(
            f"create or replace view large_{entity} as "
            f"select *, file_row_number as _place from read_parquet({literal(path)})"
        )
        return f"large_{entity}"

    def make_changeable(self, entity: str) -> str:
        """Return the name of a table with the rows of `large_<entity>`."""
        table = f"changed_{entity}"
        self.once(f"create table {table} as select * from large_{entity}")
        self._changed.append(table)
        return table

    def written(self, table: str) -> None:
        """Say that `table` was written by other means, so that `clear` empties it."""
        self._written.add(table)

    def empty(self, table: str) -> None:
        """Empty one table."""
        self.again(f"delete from {table}")

    def clear(self) -> None:
        """Empty the tables written since the last clear, and remove what large files left."""
        for table in sorted(self._written):
            self.empty(table)
        self._written.clear()
        for table in self._changed:
            self.once(f"drop table {table}")
        self._changed.clear()
        for entity, path in self._large.items():
            self.once(f"drop view if exists large_{entity}")
            path.unlink(missing_ok=True)
        self._large.clear()


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    for name, entity in load_contract().entities.items():
        text = [(column, "VARCHAR") for column in entity.columns]
        connection.execute(f"create table text_{name} ({_declared([*text, ('_line', 'BIGINT')])})")
        connection.execute(f"create table rows_{name} ({_declared(rows_columns(entity))})")
        connection.execute(f"create table problem_{name} (row bigint, code varchar, column_name varchar)")
        connection.execute(f"create table known_{name} (row bigint)")
    connection.execute(
        "create table quarantine (entity varchar, file varchar, line bigint, column_name varchar, "
        "code varchar)"
    )
    connection.execute(
        "create table origin (entity varchar, place bigint, file varchar, line bigint, code varchar, "
        "detail varchar[])"
    )
    connection.execute("create table erased (person_hash varchar)")
    connection.execute("create table erasing (record_id varchar)")
    connection.execute("create table forgotten (pseudonym varchar)")
    connection.execute(
        f"create table comune as select istat_comune, valid_from, valid_to from "
        f"{reference_relation('comune')}"
    )


@contextmanager
def open_session(
    work: Path, key: PseudonymKey, *, threads: int | None = None, share: int = 1
) -> Iterator[IngestionSession]:
    """Give a session in memory that spills into `work`, a folder of `landing/.work/`: nothing is
    pseudonymised yet.

    `share` is how many sessions share the memory.
    """
    with connect(
        threads=threads,
        memory_share=MEMORY_SHARE / share,
        spill=work / "spill",
        autoinstall_known_extensions=False,
        autoload_known_extensions=False,
    ) as connection:
        connection.execute("set TimeZone = 'UTC'")
        # A prepared statement keeps what it was told of its tables when planned: that a column was empty,
        # say, and so that a test for null is always true. The tables change at every file.
        connection.execute(
            "set disabled_optimizers = "
            "'statistics_propagation,compressed_materialization,join_filter_pushdown'"
        )
        prepare_pseudonyms(connection, key)
        prepare_search(connection)
        _create_tables(connection)
        yield IngestionSession(connection, work)
