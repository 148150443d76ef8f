"""Public money told late counts once, in the first month published after it was told; everything adds up."""

import tempfile
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publication.bulk_insert import insert_rows
from publication.calendar import closed_periods
from publication.late_data import Former, create_late_table
from tests.support.built_marts import create_as_built, put

FIRST = date(2025, 1, 1)
GRACE = {"month": 45, "quarter": 45, "year": 120}
TABLE, LATE = "t14", "late"
INDICATORS = {"deliberated": "sum", "cofunding_share": "ratio", "residual": "stock"}
SERIES = [("network", "network"), ("instance", "rho"), ("instance", "biella")]

Facts = dict[tuple[str, date], Decimal]


class Network:
    """What two territories have told up to now, and the releases made of it, newest first."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.facts: Facts = defaultdict(Decimal)
        self.former: list[Former] = []

    def tell(self, instance: str, month: date, euro: int) -> None:
        self.facts[instance, month] += euro

    def told(self, scope: str, scope_id: str, start: date, end: date) -> Decimal:
        return sum(
            (
                euro
                for (instance, month), euro in self.facts.items()
                if start <= month <= end and scope_id in (instance, "network")
            ),
            Decimal(0),
        )

    def has_told(self, scope_id: str, start: date, end: date) -> bool:
        return any(
            start <= month <= end and scope_id in (instance, "network") for instance, month in self.facts
        )

    def publish(self, as_of: date, revised: tuple[str, ...] = ()) -> dict[tuple, tuple]:
        """Make a release; return numerator, denominator, value and mark by indicator, scope and period."""
        periods = {kind: closed_periods(kind, FIRST, as_of, grace) for kind, grace in GRACE.items()}
        rows = []
        for kind, closed in periods.items():
            for period in closed:
                for scope in SERIES:
                    if not self.has_told(scope[1], period.start, period.end):
                        # The mart has no row where nothing was told.
                        continue
                    euro = self.told(*scope, period.start, period.end)
                    stock = self.told(*scope, FIRST, period.end)
                    rows.append(("deliberated", *scope, kind, period.start, euro, None, float(euro), "value"))
                    months = len(
                        [month for month in periods["month"] if period.start <= month.start <= period.end]
                    )
                    ratio = (euro / 2, 100 * months, float(euro) / 200 / months, "value")
                    rows.append(("cofunding_share", *scope, kind, period.start, *ratio))
                    rows.append(("residual", *scope, kind, period.start, stock, None, float(stock), "value"))
        number = len(self.former)
        with duckdb.connect() as connection:
            create_as_built(connection, "marts.dim_indicator")
            kinds = [{"indicator_id": indicator, "kind": kind} for indicator, kind in INDICATORS.items()]
            put(connection, "marts.dim_indicator", kinds)
            connection.execute("create schema publication")
            connection.execute(f"""
                create table publication.{TABLE} (indicator_id varchar, scope_type varchar, scope_id varchar,
                    period_type varchar, period_start date, numerator decimal(24, 4),
                    denominator decimal(24, 4), value double, mark varchar)""")
            insert_rows(connection, f"publication.{TABLE}", rows)
            late, _ = create_late_table(connection, "marts", TABLE, LATE, periods, self.former, revised)
            files = [self.folder / f"{number}-{name}.parquet" for name in (TABLE, LATE)]
            for name, file in zip((TABLE, LATE) if late else (TABLE,), files, strict=False):
                connection.execute(f"copy publication.{name} to '{file}' (format parquet)")
            printed = connection.execute(f"select * from publication.{TABLE}").fetchall()
            self.late = (
                connection.execute(f"select * from publication.{LATE} order by all").fetchall()
                if late
                else []
            )
        closed = {kind: (of[0].start, of[-1].start) for kind, of in periods.items() if of}
        self.former.insert(0, Former(files[0], files[1] if late else None, closed))
        assert len(printed) == len({row[:5] for row in printed})
        return {row[:5]: row[5:] for row in printed}


def months_of(printed: dict[tuple, tuple], start: date, count: int, *series: str) -> list[Decimal]:
    months = [date(start.year, month, 1) for month in range(start.month, start.month + count)]
    return [printed.get((*series, "month", month), (Decimal(0),))[0] for month in months]


def adds_up(printed: dict[tuple, tuple]) -> None:
    for (indicator, scope, scope_id, kind, start), (numerator, *_) in printed.items():
        if kind != "month" and indicator != "residual":
            parts = months_of(printed, start, {"quarter": 3, "year": 12}[kind], indicator, scope, scope_id)
            assert numerator == sum(parts), (indicator, scope_id, kind, start)
        if scope == "network" and indicator == "deliberated":
            nothing = (Decimal(0),)
            of_each = [printed.get((indicator, *other, kind, start), nothing)[0] for other in SERIES[1:]]
            assert numerator == sum(of_each)


@pytest.fixture
def network(tmp_path) -> Network:
    made = Network(tmp_path)
    for year in (2025, 2026, 2027):
        for month in range(1, 13):
            made.tell("rho", date(year, month, 1), 1000)
    return made


def of(printed: dict[tuple, tuple], kind: str, start: date, indicator: str = "deliberated") -> Decimal:
    return printed[indicator, "network", "network", kind, start][0]


def test_money_told_late_stands_in_the_first_month_published_after_and_in_its_quarter_and_year(network):
    network.publish(date(2026, 5, 31))
    assert network.late == []
    network.tell("rho", date(2026, 2, 1), 555)
    network.tell("rho", date(2025, 11, 1), 777)
    printed = network.publish(date(2027, 4, 30))
    assert of(printed, "month", date(2026, 2, 1)) == 1000
    assert of(printed, "month", date(2026, 4, 1)) == 2332
    assert of(printed, "quarter", date(2026, 4, 1)) == 4332
    assert of(printed, "year", date(2026, 1, 1)) == 13332
    assert of(printed, "year", date(2025, 1, 1)) == 12000
    adds_up(printed)
    told = [(row[3], row[4], row[5]) for row in network.late if row[:2] == ("deliberated", "network")]
    assert told == [
        (date(2026, 4, 1), date(2025, 11, 1), 777),
        (date(2026, 4, 1), date(2026, 2, 1), 555),
    ]
    # A stock holds late data by itself.
    assert of(printed, "month", date(2026, 4, 1), "residual") == 16 * 1000 + 555 + 777


def test_without_a_new_month_late_money_waits_and_is_told_once(network):
    network.publish(date(2026, 5, 31))
    network.tell("rho", date(2025, 11, 1), 777)
    printed = network.publish(date(2026, 6, 1))
    assert network.late == []
    assert of(printed, "month", date(2025, 11, 1)) == 1000
    for as_of in (date(2026, 6, 30), date(2026, 7, 31)):
        printed = network.publish(as_of)
        assert of(printed, "month", date(2026, 4, 1)) == 1777
    assert of(printed, "month", date(2026, 5, 1)) == 1000


def test_money_taken_back_late_is_taken_from_the_next_month_even_below_zero(network):
    network.publish(date(2026, 5, 31))
    network.tell("rho", date(2025, 3, 1), -3000)
    printed = network.publish(date(2026, 7, 31))
    assert of(printed, "month", date(2026, 4, 1)) == -2000
    assert printed["cofunding_share", "network", "network", "month", date(2026, 4, 1)] == (
        -1000,
        100,
        -10.0,
        "value",
    )
    adds_up(printed)


def test_a_territory_that_comes_late_counts_in_the_next_month_for_itself_and_the_network(network):
    network.publish(date(2026, 5, 31))
    network.tell("biella", date(2026, 1, 1), 40)
    network.tell("biella", date(2026, 4, 1), 2)
    printed = network.publish(date(2026, 6, 30))
    assert printed["deliberated", "instance", "biella", "month", date(2026, 4, 1)][0] == 42
    assert of(printed, "month", date(2026, 4, 1)) == 1042
    adds_up(printed)


def test_a_year_issued_again_holds_its_late_money_and_the_month_that_showed_it_gives_it_back(network):
    network.publish(date(2026, 5, 31))
    network.tell("rho", date(2026, 2, 1), 555)
    network.tell("rho", date(2025, 11, 1), 777)
    network.publish(date(2027, 4, 30))
    printed = network.publish(date(2027, 4, 30), ("2025",))
    assert of(printed, "month", date(2025, 11, 1)) == 1777
    assert of(printed, "year", date(2025, 1, 1)) == 12777
    assert of(printed, "month", date(2026, 4, 1)) == 1555
    assert of(printed, "year", date(2026, 1, 1)) == 12555
    adds_up(printed)
    again = network.publish(date(2027, 4, 30), ("2026",))
    assert of(again, "month", date(2026, 2, 1)) == 1555
    assert of(again, "month", date(2026, 4, 1)) == 1000
    assert network.late == []
    adds_up(again)


def test_the_first_of_the_former_releases_that_has_a_month_is_taken_over(network):
    network.publish(date(2026, 5, 31))
    network.tell("rho", date(2026, 4, 1), 5)
    network.publish(date(2026, 6, 30))
    # One goes back to the first; what the second printed of April stays.
    network.former.reverse()
    network.tell("rho", date(2026, 4, 1), 7)
    printed = network.publish(date(2026, 7, 31))
    assert of(printed, "month", date(2026, 4, 1)) == 1005
    assert of(printed, "month", date(2026, 5, 1)) == 1007
    adds_up(printed)


told = st.tuples(
    st.sampled_from(["rho", "biella"]),
    st.integers(0, 29),
    st.integers(-900, 900).filter(lambda euro: euro != 0),
)
step = st.tuples(
    st.integers(0, 7), st.lists(told, max_size=4), st.sampled_from([(), (), (), ("2025",), ("2026",)])
)


@settings(max_examples=10, deadline=None)
@given(st.lists(step, min_size=2, max_size=5))
def test_whatever_is_told_late_everything_adds_up_and_nothing_is_told_twice_or_lost(steps):
    require_told_once(steps)


@pytest.mark.long
@pytest.mark.timeout(0)
@settings(max_examples=200, deadline=None)
@given(st.lists(step, min_size=2, max_size=5))
def test_in_many_more_cases_everything_adds_up_and_nothing_is_told_twice_or_lost(steps):
    require_told_once(steps)


def require_told_once(steps):
    with tempfile.TemporaryDirectory() as folder:
        network = Network(Path(folder))
        months = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(30)]
        for month in months:
            network.tell("rho", month, 1000)
        as_of, before = 4, {}
        for more, news, revised in steps:
            as_of = min(as_of + more, 29)
            for instance, month, euro in news:
                network.tell(instance, months[month], euro)
            day = date(months[as_of].year, months[as_of].month, 28)
            revised = revised if before else ()
            printed = network.publish(day, revised)
            adds_up(printed)
            shown = {at[4] for at in printed if at[3] == "month"}
            new = shown - {at[4] for at in before if at[3] == "month"}
            if new:
                closed = closed_periods("month", FIRST, day, GRACE["month"])
                for scope in SERIES:
                    total = sum(
                        row[0] for at, row in printed.items() if at[:4] == ("deliberated", *scope, "month")
                    )
                    assert total == network.told(*scope, FIRST, closed[-1].start)
            if not revised:
                assert before.items() <= printed.items()
            before = printed
