"""From a published figure back to what it was made from.

The id of a figure, or the line of a public file, arrives; how it is computed, checked and protected, and the
exports behind it, leave; for whoever may see them also the rows, as file and line. No value of a row leaves,
and nothing that would tell what a mark hides.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

from ingestion.home import VetroHome
from publication.calendar import MONTHS, Period
from publication.composition import DATABASE, MARTS, PUBLIC, attached
from publication.contributions import SOURCE
from publication.difference import (
    FigureIdError,
    described_tables,
    figure_id,
    figures_of,
    parse_figure_id,
    place_in,
)
from publication.policy import load_policy
from publication.public_files import DATA
from publication.release import find, read_release, reading
from publication.table_list import COUNT, Measure, TableList, load_table_list

LINE = re.compile(r"(?P<table>\w+)\.csv:(?P<line>[0-9]+)(?::(?P<measure>\w+))?")
# Their keys begin with the instance that sent them: <instance>:<its own id>.
OF_ONE_INSTANCE = ("call", "scheme", "grant", "plan", "service", "social_point")
# The column of marts.dim_instance, and of the public list of territories, behind each kind of territory.
TERRITORY_COLUMNS = {"instance": "instance_id", "province": "province_code", "region": "region_code"}


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
    """Where a figure comes from. `exports` are (instance_id, export_id), `instances` sums them up; `rows` is
    None unless they were asked for."""

    figure: str
    release_id: str
    value: str | None
    mark: str
    formula: str
    sql: str
    checks: dict[str, int]
    instances: tuple[InstanceExports, ...]
    exports: tuple[tuple[str, str], ...]
    rows: tuple[SourceRow, ...] | None

    def as_record(self) -> dict[str, object]:
        """Return the trace as plain JSON types."""
        return asdict(self)


def trace(home: VetroHome, figure: str, *, release_id: str = "current", with_rows: bool = False) -> Trace:
    """Trace a public figure of a release, named by its id or as `<table>.csv:<line>`, with `:<measure>` where
    the line has several figures. `with_rows` is for the authorised only and needs the warehouse.

    Raises FigureIdError when it names no public figure, UnknownReleaseError when there is no such release,
    NoWarehouseError where rows are asked for and nothing is built.
    Counts per export are not told: together with a year's figure they would be figures of its months.
    """
    release = find(home, release_id)
    line = LINE.fullmatch(figure.removeprefix(f"{DATA}/"))
    measure, place = _on_line(release.path, line) if line else parse_figure_id(figure)
    figure = figure_id(measure, place)
    printed = figures_of(release).get(figure)
    if printed is None:
        raise FigureIdError(
            f"{release.release_id} shows no figure {figure} / "
            f"{release.release_id} non pubblica la cifra {figure}"
        )
    record = read_release(release.path)
    indicator = place.get("indicator", measure)
    with reading(release.path):
        instances = _instances(release.path / PUBLIC / DATABASE, place)
        formula = _formula(release.path, indicator)
    exports = [e for e in record["exports"] if instances is None or e["instance_id"] in instances]
    results = record["gate"]["results"]
    checks = {"passed": sum(r["passed"] for r in results), "failed": sum(not r["passed"] for r in results)}
    sql, parameters = _select(measure, place)
    rows = _rows(home, measure, sql, parameters) if with_rows and "fact.record_id" in sql else None
    return Trace(
        figure,
        release.release_id,
        *printed,
        formula,
        _readable(sql, parameters),
        checks,
        _by_instance(exports),
        tuple((export["instance_id"], export["export_id"]) for export in exports),
        rows,
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
        raise FigureIdError(
            f"there is no line {number} of public/{DATA}/{name}; the header is line 1 / "
            f"public/{DATA}/{name} non ha una riga {number}; l'intestazione è la riga 1"
        )
    there = [table for table in tables if measure in (None, table["measure"])]
    if len(there) != 1:
        names = " / ".join(f"{name}:{number}:{table['measure']}" for table in tables)
        raise FigureIdError(
            f"the line has several figures, name one / la riga ha più cifre, indicarne una: {names}"
        )
    (table,) = there
    return table["measure_id"], place_in(table, cells)


def _formula(folder: Path, measure: str) -> str:
    """The formula of the indicator, or the title of the table whose measure is none."""
    with duckdb.connect(str(folder / PUBLIC / DATABASE), read_only=True) as connection:
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
    scope = f"{place.get('scope_type', '')}:{place.get('scope', '')}"
    kind, _, code = (place.get("territory") or place.get("award") or scope).partition(":")
    keys = [place[dimension] for dimension in OF_ONE_INSTANCE if dimension in place]
    if kind in OF_ONE_INSTANCE:
        keys.append(code)
    if keys:
        return {keys[0].partition(":")[0]}
    column = TERRITORY_COLUMNS.get(kind)
    if column is None:
        return None
    with duckdb.connect(str(database), read_only=True) as connection:
        return {
            instance
            for (instance,) in connection.execute(
                f"select distinct instance_id from publication.territory where {column} = ?", [code]
            ).fetchall()
        }


def _select(measure: str, place: dict[str, str]) -> tuple[str, dict[str, object]]:
    """The rows of the fact behind a place, as SQL over the marts; where no single fact says it, the mart that
    does."""
    table_list = load_table_list(load_policy(), [])
    known = table_list.measures.get(measure)
    if known is None:
        return _of_public_money(place)
    if not known.contributions or place.get("provider") in table_list.trees["provider"]:
        return _of_contributions(known, place, table_list)
    if any(place.get(d, "ALL") != "ALL" for d in ("age_band", "sex")):
        return _of_target_group(known, place)
    return _of_measure(known, place, table_list.totals)


def _of_public_money(place: dict[str, str]) -> tuple[str, dict[str, object]]:
    """The mart behind a figure that is public by law: of the open table, or organisations' applications."""
    if "organisation_stage" in place:
        parameters = {"call_key": place["call"], "stage": place["organisation_stage"]}
        parameters["period_start"] = _period(place["period"]).start
        return _of_mart("organisations, amount", "organisation_application", parameters)
    if "about" in place:
        # What was told late is a part of what is known now of the month that it is about.
        place = {name: place[name] for name in place if name not in ("about", "period_start")} | {
            "period_type": "month",
            "period_start": place["about"],
        }
    parameters = {f"{name}_id" if name in ("indicator", "scope") else name: place[name] for name in place}
    parameters |= dict.fromkeys(("item", "area", "population_group"), "ALL")
    return _of_mart("numerator, denominator, value", "indicator_value", parameters)


def _of_target_group(measure: Measure, place: dict[str, str]) -> tuple[str, dict[str, object]]:
    scope, _, code = place["territory"].partition(":")
    parameters = {name: place[name] for name in ("area", "age_band", "sex")}
    parameters |= {"scope_type": scope, "scope_id": code or scope}
    parameters["period_start"] = _period(place["period"]).start
    column = "persons" if measure.kind == COUNT else measure.name
    return _of_mart(column, "persons_by_target_group", parameters)


def _of_mart(columns: str, mart: str, parameters: dict[str, object]) -> tuple[str, dict[str, object]]:
    conditions = " and ".join(f"{name} = ${name}" for name in parameters)
    return f"select {columns} from marts.{mart} where {conditions}", parameters


def _of_contributions(
    measure: Measure, place: dict[str, str], table_list: TableList
) -> tuple[str, dict[str, object]]:
    """The contributions behind a place of the tables that no indicator fills. They name no rows."""
    conditions = ["measure = $measure", "period_start = $first_day"]
    parameters: dict[str, object] = {"measure": measure.name, "first_day": _period(place["period"]).start}
    for dimension, member in place.items():
        tree = table_list.trees.get(dimension, {})
        if dimension == "period" or member == table_list.totals.get(dimension):
            continue
        kind, _, code = member.partition(":")
        column = TERRITORY_COLUMNS.get(kind)
        if dimension == "territory" and column:
            conditions.append(f"{column} = $territory")
            parameters["territory"] = code
        elif dimension == "award":
            conditions.append("funder_tax_code = $award" if kind == "funder" else "subject = $award")
            parameters["award"] = code
        elif dimension == "provider":
            of_kind = "select tax_code from marts.dim_organisation where provider_group = $provider"
            conditions.append(f"(member = $provider or member in ({of_kind}))")
            parameters["provider"] = member
        elif dimension in ("call", "scheme"):
            conditions.append(f"subject = ${dimension}")
            parameters[dimension] = member
        else:
            below = [member, *(child for child in tree if member in _above(tree, child))]
            conditions.append(f"member in ({', '.join(repr(each) for each in below)})")
    counted = {"persons": "count(distinct person_key)", "n": "sum(n)", "amount": "sum(amount)"}[measure.of]
    return (
        f"select {counted} from marts.{SOURCE} inner join marts.dim_instance using (instance_id) "
        "left join marts.dim_grant on subject = grant_key "
        f"where {' and '.join(conditions)}"
    ), parameters


def _above(tree: dict[str, str], member: str) -> Iterator[str]:
    while member in tree:
        member = tree[member]
        yield member


def _of_measure(
    measure: Measure, place: dict[str, str], totals: dict[str, str]
) -> tuple[str, dict[str, object]]:
    source = measure.contributions
    period = _period(place["period"])
    conditions = [f"fact.{source['date']} between $first_day and $last_day"]
    parameters: dict[str, object] = {"first_day": period.start, "last_day": period.end}
    kind, _, code = place.get("territory", "network").partition(":")
    column = TERRITORY_COLUMNS.get(kind)
    if column:
        conditions.append(f"instance.{column} = $territory")
        parameters["territory"] = code
    for dimension in ("area", "provider", "funder"):
        if dimension in source and place.get(dimension, totals[dimension]) != totals[dimension]:
            conditions.append(f"fact.{source[dimension]} = ${dimension}")
            parameters[dimension] = place[dimension]
    if source.get("only_effective"):
        conditions.append("fact.is_effective")
    return (
        f"select fact.instance_id, fact.record_id from marts.{source['fact']} as fact "
        f"inner join marts.dim_instance as instance using (instance_id) where {' and '.join(conditions)}"
    ), parameters


def _period(name: str) -> Period:
    if "-Q" in name:
        year, quarter = name.split("-Q")
        return Period("quarter", date(int(year), int(quarter) * 3 - 2, 1))
    kind = "year" if len(name) == 4 else "month"
    return Period(kind, date(int(name[:4]), 1 if MONTHS[kind] == 12 else int(name[5:7]), 1))


def _rows(home: VetroHome, measure: str, sql: str, parameters: dict[str, object]) -> tuple[SourceRow, ...]:
    source = load_table_list(load_policy(), []).measures[measure].contributions
    entity = source["fact"].removeprefix("fct_")
    with attached(home.warehouse) as connection:
        qualified = sql.replace("marts.", f"{MARTS}.")
        rows = connection.execute(
            f"select instance_id, fact.export_id, fact.file, fact.line from ({qualified}) as found "
            f"inner join {MARTS}.{source['fact']} as fact using (instance_id, record_id) order by all",
            parameters,
        ).fetchall()
    return tuple(SourceRow(*row, entity) for row in rows)


def _readable(sql: str, parameters: dict[str, object]) -> str:
    for name, value in parameters.items():
        text = str(value).replace("'", "''")
        sql = re.sub(rf"\${name}\b", lambda _, text=text: f"'{text}'", sql)
    return sql
