"""From a figure of every public table to what is behind it, in SQL that the warehouse answers."""

import json
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse import Warehouse
from publication.difference import figure_id
from publication.release import current
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
        if "fact.record_id" not in found.sql:
            numbers = {float(number) for row in answer for number in row if number is not None}
            # The marts have no row where there is nothing.
            assert truth in numbers or (truth == 0 and not any(numbers)), found.figure
        elif table["measure"] == "deliveries":
            assert len(answer) == truth, found.figure
        else:
            assert bool(answer) == bool(truth), found.figure
        marks.add(mark)
    assert {"value", "suppressed"} <= marks


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
