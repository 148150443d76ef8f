"""Money told late of a sole trader's grant: it counts once in its wholes, and neither the rows of what was
told late nor the figures of later releases tell it."""

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from publication.attack.attacker import attack
from publication.calendar import closed_periods
from publication.late_data import Former, create_late_table
from publication.policy import load_policy
from publication.public_files import LATE_MEASURE, PUBLIC_FIGURE
from publication.public_money import Parents, protect_public_money
from publication.table_list import load_table_list
from tests.support.built_marts import create_as_built, put

FIRST = date(2026, 1, 1)
GRACE = {"month": 45, "quarter": 45, "year": 120}
# Grant -> funder; the first is led by a sole trader.
FUNDERS = {"rho:G-1": "F1", "rho:G-2": "F1", "rho:G-3": "F2", "bari:G-1": "F1", "bari:G-2": "F2"}
PERSON = "rho:G-1"
PARENTS = Parents(FUNDERS, frozenset({PERSON}))
OPEN_COLUMNS = ("indicator_id", "scope_type", "scope_id", "period_type", "period_start")
PLACE = ("indicator", "scope_type", "scope", "period_type", "period_start")


class Money:
    """What is known of every grant and month, and the releases made of it, newest first."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.known: dict[tuple[str, date], int] = defaultdict(int)
        self.former: list[Former] = []
        # He leads the grant; or he is a partner in it, and all of its money is what he got.
        self.leads = True
        for month in range(1, 13):
            for number, grant in enumerate(FUNDERS):
                if grant != PERSON:
                    self.known[grant, date(2026, month, 1)] = 9000 + 100 * number

    def parents(self) -> Parents:
        return PARENTS if self.leads else Parents(FUNDERS, frozenset())

    def of_persons(self, closed: dict) -> dict:
        return {
            ("deliberated", ("grant", PERSON, kind, period.start)): True
            for kind, periods in closed.items()
            for period in periods
            if not self.leads
            and any(
                euro and grant == PERSON and period.start <= month <= period.end
                for (grant, month), euro in self.known.items()
            )
        }

    def rows(self, closed: dict) -> list[tuple]:
        rows = []
        for kind, periods in closed.items():
            for period in periods:
                sums: dict[tuple[str, str], int] = defaultdict(int)
                for (grant, month), euro in self.known.items():
                    if period.start <= month <= period.end:
                        for scope in (("grant", grant), ("instance", grant.split(":")[0]),
                                      ("funder", FUNDERS[grant]), ("network", "network")):  # fmt: skip
                            sums[scope] += euro
                for scope, euro in sums.items():
                    rows.append(("deliberated", *scope, kind, period.start, euro, None, float(euro)))
                    if scope[0] != "grant":
                        rows.append(("cofunding_share", *scope, kind, period.start, 10, euro, 0.5))
        return rows

    def publish(self, as_of: date, revised: tuple[str, ...] = ()) -> Path:
        """Make a release with both tables; `figures` and `late` hold what they show."""
        closed = {kind: closed_periods(kind, FIRST, as_of, grace) for kind, grace in GRACE.items()}
        release = self.folder / f"r{len(self.former)}"
        data, private = release / "public" / "data", release / "private"
        data.mkdir(parents=True)
        private.mkdir()
        with duckdb.connect() as connection:
            create_as_built(connection, "marts.dim_indicator")
            kinds = {"deliberated": "sum", "cofunding_share": "ratio"}
            rows = [{"indicator_id": indicator, "kind": kind} for indicator, kind in kinds.items()]
            put(connection, "marts.dim_indicator", rows)
            connection.execute("create schema publication")
            connection.execute("""
                create table publication.t14 (indicator_id varchar, scope_type varchar, scope_id varchar,
                    period_type varchar, period_start date, numerator decimal(24, 4),
                    denominator decimal(24, 4), value double, mark varchar)""")
            connection.executemany(
                "insert into publication.t14 values (?, ?, ?, ?, ?, ?, ?, ?, 'value')", self.rows(closed)
            )
            late, printed = create_late_table(
                connection, "marts", "t14", "late", closed, self.former, revised
            )
            policy = load_policy()
            hidden = protect_public_money(
                connection, "publication.t14", self.parents(),
                load_table_list(policy, ["ANZ"]), policy, printed,
                late_table="publication.late" if late else None,
                of_persons=self.of_persons(closed),
            )  # fmt: skip
            for name in ("t14", "late") if late else ("t14",):
                for kind in ("csv", "parquet"):
                    connection.execute(f"copy publication.{name} to '{data / name}.{kind}'")
            self.figures = {
                row[:4]: row[4:]
                for row in connection.execute(
                    "select scope_type, scope_id, period_type, period_start, numerator, mark from "
                    "publication.t14 where indicator_id = 'deliberated'"
                ).fetchall()
            }
            told = (
                connection.execute(
                    "select indicator_id, scope_type, scope_id, period_start, about, numerator, mark "
                    "from publication.late"
                ).fetchall()
                if late
                else []
            )
            self.late = {row[1:5]: row[5:] for row in told if row[0] == "deliberated"}
            self.late_rates = {row[1:5]: row[5:] for row in told if row[0] == "cofunding_share"}
            connection.execute("create table protection (measure_id varchar, place varchar, "
                               "value decimal(24, 4), below double, above double)")  # fmt: skip
            for indicator, at, value, below, above in hidden:
                place = dict(zip(PLACE, (indicator, *at[:3], at[3].isoformat()), strict=True))
                connection.execute(
                    "insert into protection values ('public_figure', ?, ?, ?, ?)",
                    [json.dumps(place), value, below, above],
                )
            connection.execute(f"copy protection to '{private / 'protection.parquet'}'")
        tables = [described("t14", PUBLIC_FIGURE, "value", dict(zip(OPEN_COLUMNS, PLACE, strict=True)))]
        if late:
            columns = dict(zip((*OPEN_COLUMNS[:3], "period_start", "about"),
                               (*PLACE[:3], "period_start", "about"), strict=True))  # fmt: skip
            tables.append(described("late", LATE_MEASURE, "numerator", columns))
        awards = {f"grant:{grant}": f"funder:{funder}" for grant, funder in FUNDERS.items()}
        document = {"hierarchies": {"award": awards}, "may_be_negative": [PUBLIC_FIGURE], "tables": tables}
        (release / "public" / "tables.json").write_text(json.dumps(document))
        starts = {kind: (of[0].start, of[-1].start) for kind, of in closed.items() if of}
        files = [data / f"{name}.parquet" for name in ("t14", "late")]
        self.former.insert(0, Former(files[0], files[1] if late else None, starts))
        return release


def described(name: str, measure_id: str, measure: str, columns: dict[str, str]) -> dict[str, object]:
    return {"name": name, "file": f"data/{name}.csv", "dimensions": columns, "measure": measure,
            "measure_id": measure_id, "kind": "amount", "threshold": 0, "mark_column": "mark"}  # fmt: skip


@pytest.fixture
def money(tmp_path: Path) -> Money:
    return Money(tmp_path)


def total(money: Money, *scope: str) -> Decimal:
    """What all months of a whole show."""
    shown = [figure for place, figure in money.figures.items() if place[:3] == (*scope, "month")]
    assert all(mark == "value" for _, mark in shown), scope
    return sum(numerator for numerator, _ in shown)


@pytest.mark.parametrize("leads", [True, False])
@pytest.mark.parametrize("before", [None, 0, 4000])
def test_money_of_a_sole_trader_told_late_counts_once_and_is_not_told(
    money: Money, before: int | None, leads: bool
) -> None:
    """Of May nothing was told of his grant, or that it was nothing, or money that others cover."""
    may, money.leads = date(2026, 5, 1), leads
    if before is not None:
        money.known[PERSON, may] = before
    first = money.publish(date(2026, 7, 15))
    assert attack(first).findings == ()
    assert money.figures["instance", "rho", "month", may] == (18300 + (before or 0), "value")
    money.known[PERSON, may] += 500
    # Beside it, money of an organisation that anybody may read.
    money.known["bari:G-2", date(2026, 3, 1)] += 70
    second = money.publish(date(2026, 8, 20))
    target = date(2026, 6, 1)
    assert attack(second).findings == ()
    # The wholes hold both, once.
    for scope, euro in (
        (("instance", "rho"), 500),
        (("instance", "bari"), 70),
        (("network", "network"), 570),
    ):
        months = {month for place in money.figures if place[2] == "month" for month in place[3:]}
        known = sum(
            amount
            for (grant, month), amount in money.known.items()
            if month in months and scope[1] in (grant.split(":")[0], "network")
        )
        assert total(money, *scope) == known, (scope, euro)
    # A quarter is what its months show.
    quarter, mark = money.figures["instance", "rho", "quarter", date(2026, 4, 1)]
    months = [money.figures["instance", "rho", "month", date(2026, month, 1)][0] for month in (4, 5, 6)]
    assert (quarter, mark) == (sum(months), "value")
    # What was told late of an organisation is in print, what was told of him, or holds it, is not.
    assert money.late["grant", "bari:G-2", target, date(2026, 3, 1)] == (70, "value")
    assert money.late["instance", "bari", target, date(2026, 3, 1)] == (70, "value")
    assert {mark for place, (_, mark) in money.late.items() if place[3] == may} == {"suppressed"}
    wholes = {place: mark for place, (_, mark) in money.late.items() if place[0] != "grant"}
    assert wholes == {place: mark for place, (_, mark) in money.late_rates.items()}
    assert all((numerator is None) == (mark == "suppressed") for numerator, mark in money.late.values())
    # His own month is hidden, and what it holds cannot be worked out from those of the others.
    others = [money.figures["grant", grant, "month", target][1] for grant in ("rho:G-2", "rho:G-3")]
    assert money.figures["grant", PERSON, "month", target][1] == "suppressed"
    assert "suppressed" in [*others, money.figures["instance", "rho", "month", target][1]]


def test_hidden_late_money_is_not_told_again_by_the_releases_after(money: Money) -> None:
    money.publish(date(2026, 7, 15))
    money.known[PERSON, date(2026, 5, 1)] += 500
    money.publish(date(2026, 8, 20))
    late = dict(money.late)
    third = money.publish(date(2026, 9, 20))
    assert attack(third).findings == ()
    assert money.late == late
    assert money.figures["instance", "rho", "month", date(2026, 7, 1)] == (18300, "value")
    # More of the same month, from him and from an organisation beside him.
    money.known[PERSON, date(2026, 5, 1)] += 40
    money.known["rho:G-3", date(2026, 5, 1)] += 2
    fourth = money.publish(date(2026, 10, 20))
    assert attack(fourth).findings == ()
    assert money.late["grant", "rho:G-3", date(2026, 8, 1), date(2026, 5, 1)] == (2, "value")
    whole = [
        figure for place, figure in money.late.items() if place[:3] == ("instance", "rho", date(2026, 8, 1))
    ]
    assert whole == [(None, "suppressed")]
    assert total(money, "network", "network") == sum(
        euro for (_, month), euro in money.known.items() if month <= date(2026, 8, 1)
    )


def test_hidden_late_money_of_a_year_issued_again_counts_there_and_no_more_in_the_month_after(
    money: Money, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "FIRST", date(2025, 1, 1))
    for month in range(1, 13):
        for grant in FUNDERS:
            money.known[grant, date(2025, month, 1)] = 0 if grant == PERSON else 8000
    money.publish(date(2026, 7, 15))
    money.known[PERSON, date(2025, 11, 1)] += 500
    money.publish(date(2026, 8, 20))
    assert money.figures["network", "network", "month", date(2026, 6, 1)] == (37000 + 500, "value")
    again = money.publish(date(2026, 9, 20), ("2025",))
    assert attack(again).findings == ()
    assert money.figures["network", "network", "year", date(2025, 1, 1)] == (12 * 32000 + 500, "value")
    # June was printed with it and stays; July, the next, gives it back.
    assert money.figures["network", "network", "month", date(2026, 6, 1)] == (37000 + 500, "value")
    assert money.figures["network", "network", "month", date(2026, 7, 1)] == (37000 - 500, "value")


def test_late_money_of_those_that_cover_him_does_not_blind_the_attack(money: Money) -> None:
    """He and three organisations are hidden, across two territories and two funders."""
    for month in range(1, 13):
        del money.known["rho:G-2", date(2026, month, 1)]
    may, target = date(2026, 5, 1), date(2026, 6, 1)
    money.known[PERSON, may] = 4000
    money.publish(date(2026, 7, 15))
    hidden = {scope for (_, scope, kind, start), (_, mark) in money.figures.items()
              if (kind, start, mark) == ("month", may, "suppressed")}  # fmt: skip
    assert hidden == {PERSON, "rho:G-3", "bari:G-1", "bari:G-2"}
    money.known["bari:G-2", may] += 30
    money.known[PERSON, target] = 700
    second = money.publish(date(2026, 8, 20))
    assert money.late["instance", "bari", target, may] == (None, "suppressed")
    assert attack(second).findings == ()
    # Without the doubt that the others lend him he is found.
    figures = second / "public" / "data" / "t14.csv"
    text = figures.read_text(encoding="utf-8")
    for scope, euro in (("rho:G-3", 9200), ("bari:G-1", 9300), ("bari:G-2", 9400)):
        line = f"deliberated,grant,{scope},month,2026-06-01,,,,suppressed"
        assert line in text
        text = text.replace(line, f"deliberated,grant,{scope},month,2026-06-01,{euro}.0000,,{euro}.0,value")
    figures.write_text(text, encoding="utf-8")
    assert any(f"scope={PERSON}" in finding.place for finding in attack(second).findings)


def test_a_whole_with_a_hidden_month_stays_hidden(money: Money) -> None:
    for grant in ("rho:G-2", "rho:G-3"):
        for month in range(1, 13):
            del money.known[grant, date(2026, month, 1)]
    money.known[PERSON, date(2026, 4, 1)] = 4000
    money.publish(date(2026, 6, 20))
    assert money.figures["instance", "rho", "month", date(2026, 4, 1)] == (None, "suppressed")
    money.known[PERSON, date(2026, 4, 1)] += 500
    release = money.publish(date(2026, 8, 20))
    assert money.figures["instance", "rho", "quarter", date(2026, 4, 1)] == (None, "suppressed")
    assert money.figures["grant", PERSON, "quarter", date(2026, 4, 1)] == (None, "suppressed")
    assert all(mark == "suppressed" for place, (_, mark) in money.late.items() if place[1] in ("rho", PERSON))
    assert attack(release).findings == ()
