"""The data dictionary of a release: every column of every public table, with its words in both languages.

The finished tables arrive, `columns.yaml` and the registry of indicators give the words; tables with fields
leave, whose types are those of the tables as they are. In which form they are written does not belong here.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
from pydantic import Field

from core.errors import Kind, VetroError
from core.sql import literal
from core.yaml_models import YamlModel, read_yaml
from publication.calendar import Period
from publication.cubes import read_registry
from publication.statutory_schema import StatutorySchema, load_statutory_schemas

COLUMNS_FILE = Path(__file__).with_name("columns.yaml")
MARK = "mark"
_MARK_OF = re.compile(r"(?P<measure>\w+)_mark")
# The types of DuckDB in the public tables, as Table Schema names them.
_TYPES = {
    "VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime", "DOUBLE": "number",
    "DECIMAL": "number", "BIGINT": "integer", "INTEGER": "integer", "HUGEINT": "integer",
}  # fmt: skip


def _not_described(name: str) -> VetroError:
    """A public table or column has no words: without them nobody outside can read it."""
    return VetroError(
        f"{name} has no title and description: write them into {COLUMNS_FILE.name} / "
        f"{name} non ha titolo e descrizione: scriverli in {COLUMNS_FILE.name}"
    )


class Words(YamlModel):
    """A title in both languages."""

    it: str
    en: str


class ColumnWords(Words):
    """What a column is called and what stands in it, what its codes mean, and the form of its values."""

    definition_it: str
    definition_en: str
    values: dict[str, Words] = Field(default_factory=dict)
    pattern: str | None = None


class _ColumnsFile(YamlModel):
    marks: dict[str, Words]
    columns: dict[str, ColumnWords]
    tables: dict[str, Words]


@dataclass(frozen=True)
class Column:
    """One column: its type in Table Schema, its words, and what holds of its values.

    `enum` are all values that it can have, where they are few and known; None elsewhere.
    """

    name: str
    type: str
    title: Words
    description: Words
    pattern: str | None
    enum: tuple[str, ...] | None


@dataclass(frozen=True)
class Table:
    """One public table: `key` are the columns that name a row, none where nothing says which."""

    name: str
    title: Words
    columns: tuple[Column, ...]
    key: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """The first and the last day that the rows of a table are about."""

    first: date
    last: date


@cache
def _words(path: Path = COLUMNS_FILE) -> _ColumnsFile:
    return read_yaml(path.read_bytes(), path.name, _ColumnsFile, kind=Kind.COULD_NOT_RUN)


def marks() -> dict[str, Words]:
    """Return what each mark beside a figure means."""
    return _words().marks


def column(table: str, name: str, kind: str) -> Column:
    """Return the words of a column of type `kind` (DuckDB). Raises VetroError."""
    of_mark = _MARK_OF.fullmatch(name)
    if name == MARK or (of_mark and of_mark["measure"] != "previous"):
        return _mark_column(table, name, of_mark["measure"] if of_mark else None)
    words = _words()
    told = (
        words.columns.get(f"{table}.{name}")
        or _of_statutory_list(table, name)
        or words.columns.get(name)
        or _of_registry(name)
    )
    if told is None:
        raise _not_described(f"{table}.{name}")
    description = Words(
        it=_with_codes(told.definition_it, {code: each.it for code, each in told.values.items()}),
        en=_with_codes(told.definition_en, {code: each.en for code, each in told.values.items()}),
    )
    enum = tuple(words.marks) if name == "previous_mark" else None
    return Column(name, _type(kind), Words(it=told.it, en=told.en), description, told.pattern, enum)


def file_tables(connection: duckdb.DuckDBPyConnection, public: Path) -> list[Table]:
    """Return the tables of `public/data/`, by their names; a table is there as CSV and as Parquet.

    Titles and keys are those of `tables.json`, which names the dimensions of every table. A table or a
    column without words raises VetroError.
    """
    described: dict[str, tuple[Words, set[str]]] = {}
    for entry in json.loads((public / "tables.json").read_text(encoding="utf-8"))["tables"]:
        name = Path(entry["file"]).stem
        words = Words(it=entry["title_it"], en=entry["title_en"])
        described.setdefault(name, (words, set()))[1].update(entry["dimensions"])
    tables = []
    for path in sorted((public / "data").glob("*.parquet")):
        title, dimensions = described.get(path.stem) or (_title(path.stem), set())
        columns = _columns(connection, path.stem, f"read_parquet({literal(path)})")
        key = tuple(each.name for each in columns if each.name in dimensions)
        tables.append(Table(path.stem, title, columns, key))
    return tables


def document(name: str) -> Table:
    """Return a public file that is no table, by its name without ending: it has words and no columns.

    Raises VetroError."""
    return Table(name, _title(name), (), ())


def database_tables(
    connection: duckdb.DuckDBPyConnection, database: Path, besides: Iterable[str]
) -> list[Table]:
    """Return the tables of the public database that are not `besides`. Raises VetroError."""
    left_out = set(besides)
    connection.execute(f"attach {literal(database)} as described (read_only)")
    try:
        names = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'described' order by 1"
        ).fetchall()
        return [
            Table(name, _title(name), _columns(connection, name, f"described.publication.{name}"), ())
            for (name,) in names
            if name not in left_out
        ]
    finally:
        connection.execute("detach described")


def period_of(table: Table) -> str | None:
    """Return the shortest period that rows of the table are about: month, quarter or year; None where no
    column is a period."""
    names = {each.name for each in table.columns}
    if "period_start" in names:
        return "month"
    if "quarter" in names:
        return "quarter"
    return "year" if names & {"year", "period_to"} else None


def coverage(connection: duckdb.DuckDBPyConnection, path: Path, table: Table) -> Coverage | None:
    """Return what the rows of the table, in the Parquet file at `path`, cover; None where no column tells, or
    there are no rows."""
    names = {each.name for each in table.columns}
    if "period_start" in names:
        period = "period_type" if "period_type" in names else "'month'"
        starts = f"select {period}, min(period_start), max(period_start) from read_parquet($path) group by 1"
    elif "quarter" in names:
        day = "make_date(left({0}(quarter), 4)::int, 3 * right({0}(quarter), 1)::int - 2, 1)"
        starts = f"select 'quarter', {day.format('min')}, {day.format('max')} from read_parquet($path)"
    elif "year" in names:
        day = "make_date({0}(year)::int, 1, 1)"
        starts = f"select 'year', {day.format('min')}, {day.format('max')} from read_parquet($path)"
    elif {"period_from", "period_to"} <= names:
        starts = "select null, min(period_from), max(period_to) from read_parquet($path)"
    else:
        return None
    rows = connection.execute(starts, {"path": str(path)}).fetchall()
    found = [
        # What has no kind is a last day already.
        (first, Period(kind, last).end if kind else last)
        for kind, first, last in rows
        if first is not None
    ]
    if not found:
        return None
    return Coverage(min(first for first, _ in found), max(last for _, last in found))


@cache
def statutory_lists() -> dict[str, StatutorySchema]:
    """Return the last version of the schema of every list that the law asks for, by the list's name."""
    return {schema.table: schema for schema in load_statutory_schemas(date.max)}


def _of_statutory_list(table: str, name: str) -> ColumnWords | None:
    """The words of a column of a list that the law asks for: those of the schema of the list."""
    schema = statutory_lists().get(table)
    if schema is None:
        return None
    for each in schema.columns:
        if each.name == name:
            told_it, told_en = (
                f"{text} ({law})" for text, law in ((each.it, schema.law.it), (each.en, schema.law.en))
            )
            codes = {code: Words(it=word.it, en=word.en) for code, word in each.values.items()}
            return ColumnWords(
                it=each.it, en=each.en, definition_it=told_it, definition_en=told_en, values=codes
            )
    return None


def _title(table: str) -> Words:
    schema = statutory_lists().get(table)
    if schema is not None:
        return Words(it=schema.title.it, en=schema.title.en)
    words = _words().tables.get(table)
    if words is None:
        raise _not_described(table)
    return words


def _columns(connection: duckdb.DuckDBPyConnection, table: str, relation: str) -> tuple[Column, ...]:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return tuple(column(table, name, kind) for name, kind, *_ in described)


def _mark_column(table: str, name: str, measure: str | None) -> Column:
    words = marks()
    if measure is None:
        of_it = of_en = ""
    else:
        title = column(table, measure, "VARCHAR").title
        of_it, of_en = f": {title.it}", f": {title.en}"
    description = Words(
        it=_with_codes("Che cosa è la cifra accanto", {mark: each.it for mark, each in words.items()}),
        en=_with_codes("What the figure beside it is", {mark: each.en for mark, each in words.items()}),
    )
    title = Words(it=f"Segno{of_it}", en=f"Mark{of_en}")
    return Column(name, "string", title, description, None, tuple(words))


def _of_registry(name: str) -> ColumnWords | None:
    entry = read_registry().get(name)
    if entry is None:
        return None
    return ColumnWords(**{key: entry[key] for key in ("it", "en", "definition_it", "definition_en")})


def _with_codes(definition: str, codes: dict[str, str]) -> str:
    told = "; ".join(f"{code} = {word}" for code, word in codes.items())
    return f"{definition}. {told}" if told else definition


def _type(kind: str) -> str:
    return _TYPES[kind.partition("(")[0]]
