"""From a figure of every public table to what is behind it, in SQL that the warehouse answers."""

import json

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
    public = current(home).path / "public"
    tables = json.loads((public / "tables.json").read_text(encoding="utf-8"))["tables"]
    without_figure = []
    for table in tables:
        columns = list(table["dimensions"])
        with duckdb.connect() as connection:
            row = connection.execute(
                f"select {', '.join([*columns, table['measure']])} from read_parquet($file) "
                f"where {table['mark_column']} = 'value' order by {table['measure']} desc limit 1",
                {"file": str((public / table["file"]).with_suffix(".parquet"))},
            ).fetchone()
        if row is None:
            without_figure.append(table["name"])
            continue
        place = {table["dimensions"][c]: str(row[i]) for i, c in enumerate(columns)} | table["fixed"]
        found = trace(home, figure_id(table["measure_id"], place))
        assert (found.value, found.mark) == (str(row[-1]), "value")
        assert found.exports, found.figure
        assert found.formula, found.figure
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            answer = connection.execute(found.sql).fetchall()
        assert answer, found.figure
        if "fact.record_id" not in found.sql:
            numbers = {float(number) for number in answer[0] if number is not None}
            assert float(row[-1]) in numbers, found.figure
    # Few persons: what is left says nothing of these.
    assert len(without_figure) < len(tables) / 2, without_figure
