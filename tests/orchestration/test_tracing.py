"""From a figure of every public table to what is behind it, in SQL that the warehouse answers."""

import json
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from core.settings import Settings
from orchestration import cli
from orchestration.warehouse import Warehouse
from publication.composition import WAREHOUSE, attached
from publication.cubes import figures_counted, read_registry, rows_at
from publication.difference import figure_id, figures_in, parse_figure_id
from publication.policy import load_policy
from publication.release import current
from publication.rows import is_counted, rows_behind, scope_of, target_group
from publication.table_list import TableList, load_table_list
from publication.tracing import trace

pytestmark = pytest.mark.timeout(1800)


def test_a_figure_of_every_public_table_leads_to_what_is_behind_it(
    published: tuple[Settings, Warehouse],
) -> None:
    home = published[0].vetro_home
    release = current(home).path
    tables = json.loads((release / "public" / "tables.json").read_text(encoding="utf-8"))["tables"]
    hidden = truths(release)
    marks = set()
    for table in tables:
        figure = a_figure_of(release / "public", table)
        if figure is None:
            # Nothing of its kind ever happened: the table has no row.
            continue
        printed, mark, place = figure
        found = trace(home, figure_id(table["measure_id"], place))
        assert (found.value, found.mark) == (printed, mark), found.figure
        assert found.exports, found.figure
        assert found.formula, found.figure
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            answer = connection.execute(found.sql).fetchall()
        truth = hidden[table["measure_id"], *sorted(place.items())] if printed is None else float(printed)
        numbers = {float(number) for row in answer for number in row if number is not None}
        # The marts have no row where there is nothing.
        assert truth in numbers or (truth == 0 and not any(numbers)), found.figure
        marks.add(mark)
    assert {"value", "suppressed"} <= marks


@pytest.mark.parametrize("of_each_kind", [3, pytest.param(None, marks=pytest.mark.long)])
def test_every_shown_figure_leads_to_its_rows_or_says_why_not(
    of_each_kind: int | None, published: tuple[Settings, Warehouse]
) -> None:
    """And where rows add up to a figure, these do, to the cent: tried on those of years.

    `of_each_kind` -- how many figures that are asked for in the same way; None: all of them.
    """
    home, tried = published[0].vetro_home, Counter()
    table_list = load_table_list(load_policy(), [])
    nameless, added_up, named_of_each = {}, set(), {}
    with attached(home.warehouse) as connection:
        connection.execute(f"use {WAREHOUSE}")
        for figure, (printed, mark) in figures_in(current(home).path).items():
            if mark != "value" or float(printed) <= 0:
                continue
            measure, place = parse_figure_id(figure)
            behind = rows_behind(measure, place, table_list)
            period = place.get("period_type"), len(place.get("period", ""))
            kind = measure, place.get("indicator"), period, behind.sql
            tried[kind] += 1
            if of_each_kind and tried[kind] > of_each_kind:
                continue
            if behind.sql is None:
                nameless[place["indicator"]] = behind.why_none
                continue
            (named,) = connection.execute(
                f"select count(*) from ({behind.sql})", behind.parameters
            ).fetchone()
            assert named > 0, figure
            named_of_each[place.get("indicator", measure)] = figure, named
            is_of_year = place.get("period_type") == "year" or len(place.get("period", "")) == 4
            total = sum_of_rows(connection, measure, place, table_list) if is_of_year else None
            if total is not None:
                assert float(total) == float(printed), figure
                added_up.add(place.get("indicator", measure))
    assert nameless == dict.fromkeys(
        ("quarantine_rate", "reconciliation_gap", "export_delay") & nameless.keys(),
        "it is about whole exports, not about rows of them",
    )
    assert nameless
    for figure, named in named_of_each.values():
        rows = trace(home, figure, with_rows=True).rows
        assert len(rows) == len(set(rows)) == named, figure
        assert all(row.export_id and row.file and row.line for row in rows), figure
    assert added_up >= {"deliveries", "spend_delivered", "attributed", "deliberated", "disbursed", "residual"}


def test_a_figure_without_rows_of_its_own_says_so(
    published: tuple[Settings, Warehouse], capsys, monkeypatch
) -> None:
    home = published[0].vetro_home
    figure = next(each for each in figures_in(current(home).path) if "indicator=export_delay&" in each)
    monkeypatch.setattr(sys, "argv", ["vetro", "--home", str(home.root), "trace", figure, "--rows"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert "Rows: none; it is about whole exports, not about rows of them" in capsys.readouterr().out


def sum_of_rows(
    connection: duckdb.DuckDBPyConnection, measure: str, place: dict[str, str], table_list: TableList
) -> Decimal | None:
    """What the rows behind an indicator's figure come to; None where it is no sum of what rows add."""
    known = table_list.measures.get(measure)
    if known and (is_counted(known, place, table_list) or target_group(place)):
        return None
    if "organisation_stage" in place or "about" in place:
        return None
    indicator = place["indicator"] if known is None else known.indicator
    at = scope_of(place)
    if read_registry()[indicator]["kind"] not in ("sum", "stock"):
        return None
    figure, total = figures_counted(indicator, at.scope_type), Decimal(0)
    for of in figure.contributions:
        conditions, adds = figure.conditions(of), figure.numerator_of(of)
        found = None if conditions is None else rows_at(of, conditions, at)
        if found is not None and adds is None:
            return None
        if found is not None:
            (amount,) = connection.execute(f"select coalesce(sum({adds}), 0) {found[0]}", found[1]).fetchone()
            total += amount
    return total


def a_figure_of(public: Path, table: dict) -> tuple[str | None, str, dict[str, str]] | None:
    """The largest figure in print of a table; where all are protected a hidden one, where nobody is a zero:
    the figure, its mark and its place. None where the table has no row."""
    columns, mark, measure = list(table["dimensions"]), table["mark_column"], table["measure"]
    names, marks = ", ".join(columns), ["value", "suppressed", "zero"]
    with duckdb.connect() as connection:
        row = connection.execute(
            f"select {names}, {measure}, {mark} from read_parquet($file) where {mark} in {tuple(marks)} "
            f"order by list_position({marks}, {mark}), {measure} desc, {names}",
            {"file": str((public / table["file"]).with_suffix(".parquet"))},
        ).fetchone()
    if row is None:
        return None
    *members, printed, mark = row
    place = {table["dimensions"][c]: str(member) for c, member in zip(columns, members, strict=True)}
    return None if printed is None else str(printed), mark, place | table["fixed"]


def truths(release: Path) -> dict[tuple, float]:
    """What the hidden figures of a release hide, as it keeps it inside."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select measure_id, place, value from read_parquet($file)",
            {"file": str(release / "private" / "protection.parquet")},
        ).fetchall()
    return {(measure, *sorted(json.loads(place).items())): float(value) for measure, place, value in rows}
