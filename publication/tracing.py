"""From a published figure back to what it was made from.

The id of a figure, or the line of a public file, arrives; how it is computed, checked and protected, and the
exports behind it, leave; for whoever may see them also the rows, as file and line. No value of a row leaves,
and nothing that would tell what a mark hides.
"""

import csv
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from core.duckdb_sessions import connect
from core.errors import Kind, VetroError
from core.home import VetroHome
from core.sql import literal
from publication.composition import DATABASE, PUBLIC, WAREHOUSE, attached, is_there
from publication.cubes import ALL
from publication.difference import (
    described_tables,
    figure_id,
    figures_in,
    parse_figure_id,
    place_in,
)
from publication.policy import load_policy
from publication.public_files import DATA
from publication.release import find
from publication.release_record import read_release, reading
from publication.rows import (
    TARGET_GROUPS,
    TERRITORY_COLUMNS,
    RowsBehind,
    contributions_at,
    is_counted,
    period_at,
    rows_behind,
    scope_of,
    target_group,
)
from publication.scope import Scope, instance_of
from publication.table_list import COUNT, TableList, load_table_list

LINE = re.compile(r"(?P<table>\w+)\.csv:(?P<line>[0-9]+)(?::(?P<measure>\w+))?")
# Their keys begin with the instance that sent them: <instance>:<its own id>.
OF_ONE_INSTANCE = ("call", "scheme", "grant", "plan", "service", "social_point")


@dataclass(frozen=True)
class SourceRow:
    """One row behind a figure, by where it came from."""

    instance_id: str
    export_id: str
    file: str | None
    line: int | None
    entity: str


@dataclass(frozen=True)
class InstanceExports:
    """How many exports of an instance stand behind a figure, and the last days (ISO) that the first and the
    last of them cover; empty where the release does not tell."""

    instance_id: str
    exports: int
    first_to: str
    last_to: str


@dataclass(frozen=True)
class Trace:
    """Where a figure comes from. `sql` returns it and `rows_sql` names the rows behind it, for whoever has
    the warehouse. `exports` are (instance_id, export_id), `instances` sums them up; `rows` is None unless
    they were asked for; where there are none `why_no_rows` says why."""

    figure: str
    release_id: str
    value: str | None
    mark: str
    formula: str
    sql: str
    rows_sql: str | None
    checks: dict[str, int]
    instances: tuple[InstanceExports, ...]
    exports: tuple[tuple[str, str], ...]
    rows: tuple[SourceRow, ...] | None
    why_no_rows: str | None

    def as_record(self) -> dict[str, object]:
        """Return the trace as plain JSON types."""
        return asdict(self)


def trace(home: VetroHome, figure: str, *, release_id: str = "current", with_rows: bool = False) -> Trace:
    """Trace a public figure of a release, named by its id or as `<table>.csv:<line>`, with `:<measure>` where
    the line has several figures. `with_rows` is for the authorised only and needs the warehouse.

    Raises VetroError when it names no public figure, UnknownReleaseError when there is no such release,
    VetroError where rows are asked for and nothing is built.
    Counts per export are not told: together with a year's figure they would be figures of its months.
    """
    release = find(home, release_id)
    line = LINE.fullmatch(figure.removeprefix(f"{DATA}/"))
    measure, place = _on_line(release.path, line) if line else parse_figure_id(figure)
    figure = figure_id(measure, place)
    printed = figures_in(release.path).get(figure)
    if printed is None:
        raise VetroError(
            f"{release.release_id} shows no figure {figure} / "
            f"{release.release_id} non pubblica la cifra {figure}",
            kind=Kind.USAGE,
        )
    record = read_release(release.path)
    indicator = place.get("indicator", measure)
    with reading(release.path):
        instances = _instances(release.path / PUBLIC / DATABASE, place)
        formula = _formula(release.path, indicator)
    exports = [e for e in record["exports"] if instances is None or e["instance_id"] in instances]
    results = record["gate"]["results"]
    checks = {"passed": sum(r["passed"] for r in results), "failed": sum(not r["passed"] for r in results)}
    table_list = load_table_list(load_policy(), [])
    behind = rows_behind(measure, place, table_list)
    rows = _rows(home, behind) if with_rows and behind.sql else None
    return Trace(
        figure,
        release.release_id,
        *printed,
        formula,
        figure_sql(measure, place, table_list),
        _readable(behind.sql, behind.parameters) if behind.sql else None,
        checks,
        _by_instance(exports),
        tuple((export["instance_id"], export["export_id"]) for export in exports),
        rows,
        behind.why_none if rows != () else "nothing of its kind is on record there",
    )


def _by_instance(exports: list[dict[str, str]]) -> tuple[InstanceExports, ...]:
    covered: dict[str, list[str]] = {}
    for export in exports:
        covered.setdefault(export["instance_id"], []).append(export.get("period_to") or "")
    return tuple(
        InstanceExports(name, len(days), min(days), max(days)) for name, days in sorted(covered.items())
    )


def _on_line(folder: Path, line: re.Match[str]) -> tuple[str, dict[str, str]]:
    """Measure and place of the figure on a line of a public CSV file; the header is line 1."""
    name, number, measure = f"{line['table']}.csv", int(line["line"]), line["measure"]
    cells = None
    with reading(folder):
        tables = [table for table in described_tables(folder) if table["file"] == f"{DATA}/{name}"]
        if tables:
            with (folder / PUBLIC / DATA / name).open(encoding="utf-8", newline="") as file:
                rows = csv.DictReader(file)
                cells = next((row for row in rows if rows.line_num == number), None)
    if cells is None:
        raise VetroError(
            f"there is no line {number} of public/{DATA}/{name}; the header is line 1 / "
            f"public/{DATA}/{name} non ha una riga {number}; l'intestazione è la riga 1",
            kind=Kind.USAGE,
        )
    there = [table for table in tables if measure in (None, table["measure"])]
    if len(there) != 1:
        names = " / ".join(f"{name}:{number}:{table['measure']}" for table in tables)
        raise VetroError(
            f"the line has several figures, name one / la riga ha più cifre, indicarne una: {names}",
            kind=Kind.USAGE,
        )
    (table,) = there
    return table["measure_id"], place_in(table, cells)


def _formula(folder: Path, measure: str) -> str:
    """The formula of the indicator, or the title of the table whose measure is none."""
    with connect(folder / PUBLIC / DATABASE, read_only=True) as connection:
        columns = {name for name, *_ in connection.execute("describe publication.indicator").fetchall()}
        # Releases made before formula and definition were told apart hold the formula as the definition.
        held = "formula" if "formula" in columns else "definition_en"
        found = connection.execute(
            f"select {held} from publication.indicator where indicator_id = ?", [measure]
        ).fetchone()
    if found:
        return found[0]
    titles = (table["title_en"] for table in described_tables(folder) if table["measure_id"] == measure)
    return next(titles, "")


def _instances(database: Path, place: dict[str, str]) -> set[str] | None:
    """The instances that a place consists of; None for all."""
    named = place.get("territory") or place.get("award")
    kind, code = Scope.parse(named) if named else Scope(place.get("scope_type", ""), place.get("scope", ""))
    keys = [place[dimension] for dimension in OF_ONE_INSTANCE if dimension in place]
    if kind in OF_ONE_INSTANCE:
        keys.append(code)
    if keys:
        return {instance_of(keys[0])}
    column = TERRITORY_COLUMNS.get(kind)
    if column is None:
        return None
    with connect(database, read_only=True) as connection:
        return {
            instance
            for (instance,) in connection.execute(
                f"select distinct instance_id from publication.territory where {column} = ?", [code]
            ).fetchall()
        }


def figure_sql(measure: str, place: dict[str, str], table_list: TableList) -> str:
    """Return the figure at a place as SQL over the mart that has it, to be run in the warehouse as it is."""
    return _readable(*_figure_query(measure, place, table_list))


def _figure_query(
    measure: str, place: dict[str, str], table_list: TableList
) -> tuple[str, dict[str, object]]:
    known = table_list.measures.get(measure)
    if known is None and "organisation_stage" in place:
        stage = {"call_key": place["call"], "stage": place["organisation_stage"]}
        parameters: dict[str, object] = {**stage, "period_start": period_at(place).start}
        return _of_mart("organisations, amount", "organisation_application", parameters)
    if known is not None and is_counted(known, place, table_list):
        where, parameters = contributions_at(known, place, table_list)
        counted = {"persons": "count(distinct person_key)", "n": "count(*)", "amount": "sum(amount)"}
        return f"select {counted[known.of]} {where}", parameters
    at = scope_of(place)
    parameters = {"scope_type": at.scope_type, "scope_id": at.scope_id, "area": at.area}
    parameters["period_start"] = at.period.start
    groups = target_group(place)
    if groups:
        column = "persons" if known.kind == COUNT else known.name
        return _of_mart(column, TARGET_GROUPS, parameters | groups)
    parameters |= {"indicator_id": place["indicator"] if known is None else known.indicator}
    parameters |= {"period_type": at.period.kind, "item": ALL, "population_group": ALL}
    columns = "numerator, denominator, value" if known is None else "numerator"
    return _of_mart(columns, "indicator_value", parameters)


def _of_mart(columns: str, mart: str, parameters: dict[str, object]) -> tuple[str, dict[str, object]]:
    conditions = " and ".join(f"{name} = ${name}" for name in parameters)
    return f"select {columns} from marts.{mart} where {conditions}", parameters


def _rows(home: VetroHome, behind: RowsBehind) -> tuple[SourceRow, ...]:
    with attached(home.warehouse) as connection:
        connection.execute(f"use {WAREHOUSE}")
        found = f"({behind.sql}) as found"
        entities = connection.execute(f"select distinct entity from {found}", behind.parameters).fetchall()
        rows = [
            SourceRow(*row, entity)
            for (entity,) in sorted(entities)
            for row in connection.execute(
                f"select instance_id, export_id, file, line from {found} "
                f"inner join {_table(connection, entity)} using (instance_id, record_id) "
                "where found.entity = $entity order by all",
                behind.parameters | {"entity": entity},
            ).fetchall()
        ]
    return tuple(rows)


def _table(connection: duckdb.DuckDBPyConnection, entity: str) -> str:
    """Where the rows of an entity stand with file and line: its fact, or the mirror of what has none."""
    is_fact = is_there(connection, "marts", f"fct_{entity}")
    return f"marts.fct_{entity}" if is_fact else f"staging.stg_{entity}"


def _readable(sql: str, parameters: dict[str, object]) -> str:
    for name, value in parameters.items():
        text = literal(str(value))
        sql = re.sub(rf"\${name}\b", lambda _, text=text: text, sql)
    return sql
