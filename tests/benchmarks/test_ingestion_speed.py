"""The benchmark compares like with like: everybody finds what was planted, and a broken bound is said."""

from dataclasses import replace

import pytest

from benchmarks import contenders, ingestion_speed
from benchmarks.contenders import CONTENDERS, Measured
from benchmarks.large_export import LargeExport, write_export

TAKEN = {
    "bare DuckDB": Measured("bare DuckDB", 10, 14, 900, 1_000, None, None),
    "ingestion": Measured("ingestion", 24, 40, 1_100, 1_000, 7, 8),
    "polars": Measured("polars", 30, 50, 4_000, 1_000, 7, 8),
    "pandas": Measured("pandas", 90, 95, 6_000, 1_000, 7, 8),
    "frictionless": Measured("frictionless", 90, 90, 200, 200, None, None),
}


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> LargeExport:
    return write_export(tmp_path_factory.mktemp("in"), 30_000)


@pytest.mark.parametrize("name", ["ingestion", "polars", "pandas"])
def test_everybody_finds_the_rows_that_were_spoiled_and_no_other(export, tmp_path, name):
    rows, bad, faults = CONTENDERS[name](export.place, tmp_path)
    planted = sum(export.bad.values())
    assert (rows, bad, faults) == (30_000, planted, planted)
    assert planted == 20


def test_the_floor_and_frictionless_read_what_they_are_given(export, tmp_path, monkeypatch):
    monkeypatch.setattr(contenders, "FRICTIONLESS_ROWS", 200)
    assert CONTENDERS["frictionless"](export.place, tmp_path)[0] == 200
    # A quantity with a comma is no row for the floor, nor a date of another form.
    unread = len(range(6001, export.rows["service_delivery"], 10_000)) + len(range(4001, 2_500, 10_000))
    assert CONTENDERS["bare DuckDB"](export.place, tmp_path)[0] == 30_000 - unread


def broken(taken: dict[str, Measured], bad: int = 7) -> list[str]:
    return [verdict.asked for verdict in ingestion_speed.verdicts(taken, bad) if not verdict.holds]


@pytest.mark.parametrize(
    ("name", "change", "asked"),
    [
        ("ingestion", {"seconds": 29.9}, None),
        ("ingestion", {"seconds": 30.1}, "faster than polars"),
        ("bare DuckDB", {"seconds": 7.9}, "at most 2.5 times the floor, 3 at worst"),
        ("ingestion", {"megabytes": 2_500}, "under 2,500 MB"),
        ("frictionless", {"seconds": 57}, "12 times frictionless"),
        ("pandas", {"seconds": 24}, "faster than pandas"),
        ("polars", {"faults": 9}, "polars finds the same 1,000 rows and 8 faults"),
    ],
)
def test_a_bound_is_broken_just_beyond_it(name, change, asked):
    taken = TAKEN | {name: replace(TAKEN[name], **change)}
    assert (asked in broken(taken)) if asked else not broken(taken)


def test_a_bad_row_that_the_door_missed_breaks_the_run():
    assert broken(TAKEN) == []
    assert "ingestion finds 8 bad rows" in broken(TAKEN, bad=8)


@pytest.mark.parametrize("power", [1.0, 1.3])
def test_growth_is_the_power_of_the_rows(power):
    rows = (1_000, 5_000, 50_000)
    assert ingestion_speed.growth(rows, [3 * count**power for count in rows]) == pytest.approx(power)
