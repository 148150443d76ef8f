"""A release whose months do not make up their quarter is found; a hidden month leaves nothing to add up."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from publication.additivity import not_adding_up
from publication.policy import load_policy
from publication.table_list import load_table_list

TABLE_LIST = load_table_list(load_policy(), ["ANZ"])
Q2 = [date(2026, month, 1) for month in (4, 5, 6)]


def release(folder: Path, months: list[int | None], quarter: int | None, half: bool = True) -> Path:
    """Write a release that prints one sum and one ratio of it, by month and quarter; None is hidden. Of the
    ratio's denominator the quarter holds all, or all but one."""
    (folder / "public" / "data").mkdir(parents=True)
    rows = []
    for kind, start, euro in [("quarter", Q2[0], quarter), *zip(["month"] * 3, Q2, months, strict=True)]:
        mark = "suppressed" if euro is None else "value"
        under = None if euro is None else 2 * euro - (kind == "quarter" and not half)
        rows.append(("deliberated", "instance", "rho", kind, start, euro, None, mark))
        rows.append(("disbursement_rate", "instance", "rho", kind, start, euro, under, mark))
        rows.append(("residual", "instance", "rho", kind, start, 7, None, "value"))
    with duckdb.connect(str(folder / "public" / "casa-di-vetro.duckdb")) as connection:
        connection.execute("create schema publication")
        connection.execute("""
            create table publication.indicator as from (values ('deliberated', 'sum'),
                ('disbursement_rate', 'ratio'), ('residual', 'stock')) as t(indicator_id, kind)""")
        connection.execute("""
            create temp table t14 (indicator_id varchar, scope_type varchar, scope_id varchar,
                period_type varchar, period_start date, numerator decimal(24, 4),
                denominator decimal(24, 4), mark varchar)""")
        connection.executemany("insert into t14 values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        file = folder / "public" / "data" / f"{TABLE_LIST.open.name}.parquet"
        connection.execute(f"copy t14 to '{file}'")
    (folder / "public" / "tables.json").write_text(json.dumps({"tables": []}))
    return folder


@pytest.mark.parametrize(
    ("months", "quarter", "wrong"),
    [
        ([10, 20, 30], 60, set()),
        ([10, 20, 30], 61, {"deliberated", "disbursement_rate"}),
        # What the others show of a quarter with a hidden month tells nothing of its sum.
        ([10, None, 30], None, set()),
        ([10, None, 30], 60, set()),
        ([10, 20, 30], None, set()),
        # A month below zero counts too.
        ([10, -20, 30], 20, set()),
        ([10, -20, 30], 60, {"deliberated", "disbursement_rate"}),
    ],
)
def test_a_quarter_is_the_sum_of_its_months_as_printed(tmp_path, months, quarter, wrong):
    found = not_adding_up(release(tmp_path / "r", months, quarter), TABLE_LIST)
    assert {place.split()[0] for place in found} == wrong


def test_a_hidden_month_of_one_territory_excuses_no_other(tmp_path):
    folder = release(tmp_path / "r", [10, None, 30], None)
    file = folder / "public" / "data" / f"{TABLE_LIST.open.name}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table t14 as from read_parquet('{file}')")
        connection.execute("""
            insert into t14 select * replace ('bari' as scope_id, 10 as numerator, null as denominator,
                'value' as mark) from t14 where indicator_id = 'deliberated'""")
        connection.execute(f"copy t14 to '{file}'")
    assert not_adding_up(folder, TABLE_LIST) == ["deliberated instance bari quarter 2026-04-01"]


def test_what_a_rate_divides_by_adds_up_too(tmp_path):
    assert not_adding_up(release(tmp_path / "r", [10, 20, 30], 60, half=False), TABLE_LIST) == [
        "disbursement_rate instance rho quarter 2026-04-01"
    ]


def test_what_a_release_printed_before_stays_its_own(tmp_path):
    former, now = (release(tmp_path / name, [10, 20, 30], 61) for name in ("former", "now"))
    assert not_adding_up(now, TABLE_LIST, [former]) == []
    other = release(tmp_path / "other", [10, 20, 30], 62)
    assert len(not_adding_up(other, TABLE_LIST, [former])) == 2
