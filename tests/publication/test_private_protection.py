"""What a reader of the private side can subtract: never a hidden figure, on whichever line it stands."""

import random
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import duckdb
import pytest

from publication.policy import load_policy
from publication.private_protection import KEY, protect_private_figures
from tests.support.built_marts import create_as_built, put

AREAS = ("FAM", "ANZ", "DIS")
GRANTS = ("rho:GR-1", "rho:GR-2", "bari:GR-7")
FUNDER = "01234560019"
MONTHS = [date(2025, month, 1) for month in range(1, 13)]
SHOWN, HIDDEN = "value", "suppressed"


def table(seed: int) -> dict[tuple, int]:
    """Deliveries to as many persons, in months, areas and interventions, with every sum that they make."""
    drawn = random.Random(seed)
    figures: dict[tuple, int] = {}
    for grant in GRANTS:
        for month in MONTHS:
            for area in AREAS:
                n = drawn.choice((0, 0, 1, 2, 7, 12, 30))
                for scope in (("grant", grant), ("funder", FUNDER)):
                    for of in (area, "ALL"):
                        quarter = date(2025, (month.month - 1) // 3 * 3 + 1, 1)
                        for period in (("month", month), ("quarter", quarter), ("year", date(2025, 1, 1))):
                            key = ("deliveries", *scope, "ALL", of, *period, "ALL")
                            figures[key] = figures.get(key, 0) + n
    return figures


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("attach ':memory:' as private")
        opened.execute("create schema memory.publication")
        opened.execute("create schema private.marts")
        opened.execute("use private")
        create_as_built(opened, "marts.indicator_value", "marts.dim_indicator", "marts.dim_grant")
        opened.execute("alter table marts.indicator_value add column mark varchar")
        opened.execute("create table memory.publication.indicator_value as from marts.indicator_value")
        put(
            opened,
            "marts.dim_indicator",
            [
                {"indicator_id": "deliveries", "kind": "sum", "protect": "persons"},
                {
                    "indicator_id": "spend_per_delivery",
                    "kind": "ratio",
                    "denominator": "deliveries",
                    "protect": "persons",
                },
                {"indicator_id": "plans", "kind": "sum", "protect": "none"},
            ],
        )
        grants = [{"grant_key": grant, "funder_tax_code": FUNDER} for grant in GRANTS]
        put(opened, "marts.dim_grant", grants)
        yield opened


def lay_down(connection: duckdb.DuckDBPyConnection, figures: dict[tuple, int]) -> None:
    few = load_policy().normal
    marks = {key: HIDDEN if 0 < n < few else SHOWN if n else "zero" for key, n in figures.items()}
    put_figures(connection, [(key, n, marks[key]) for key, n in figures.items()])


def put_figures(connection: duckdb.DuckDBPyConnection, figures: list[tuple[tuple, int, str]]) -> None:
    rows = [{**dict(zip(KEY, key, strict=True)), "n_persons": n, "mark": mark} for key, n, mark in figures]
    put(connection, "marts.indicator_value", rows)


def marks_in(connection: duckdb.DuckDBPyConnection) -> dict[tuple, str]:
    rows = connection.execute(f"select {', '.join(KEY)}, mark from marts.indicator_value").fetchall()
    return {tuple(row[:-1]): row[-1] for row in rows}


def lines(figures: dict[tuple, int]) -> Iterator[tuple[tuple, list[tuple]]]:
    """Every whole with its parts, worked out from the keys alone."""
    found: dict[tuple, list[tuple]] = {}

    def part(key: tuple, **at: object) -> None:
        whole = tuple(at.get(column, value) for column, value in zip(KEY, key, strict=True))
        found.setdefault((whole, key[5], *at), []).append(key)

    for key in figures:
        period, start = key[5], key[6]
        if period == "month":
            part(key, period_type="quarter", period_start=date(2025, (start.month - 1) // 3 * 3 + 1, 1))
        if period != "year":
            part(key, period_type="year", period_start=date(2025, 1, 1))
        if key[4] != "ALL":
            part(key, area="ALL")
        if key[1] == "grant":
            part(key, scope_type="funder", scope_id=FUNDER)
    for (whole, *_), parts in found.items():
        yield whole, parts


def subtracted(figures: dict[tuple, int], marks: dict[tuple, str]) -> list[tuple]:
    """The hidden figures, or sums of few hidden persons, that one line gives away."""
    few = load_policy().normal
    found = []
    for whole, parts in lines(figures):
        hidden = [key for key in (whole, *parts) if marks[key] == HIDDEN]
        if len(hidden) == 1 or (marks[whole] != HIDDEN and 0 < sum(figures[key] for key in hidden) < few):
            found.append((whole, hidden))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_no_line_gives_a_hidden_figure_away(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    figures = table(seed)
    lay_down(connection, figures)
    before = marks_in(connection)
    assert subtracted(figures, before), "these figures would prove nothing"
    hidden = protect_private_figures(connection, "private", load_policy())
    after = marks_in(connection)
    assert not subtracted(figures, after)
    assert hidden == sum(after[key] != before[key] for key in before) > 0
    assert all(after[key] == before[key] for key in before if before[key] != SHOWN)
    assert any(after[key] == SHOWN for key in before if key[5] == "month"), "not everything may be hidden"


def test_a_figure_that_the_public_side_prints_stays(connection: duckdb.DuckDBPyConnection) -> None:
    figures = table(0)
    lay_down(connection, figures)
    connection.execute(
        "insert into memory.publication.indicator_value "
        "from marts.indicator_value where scope_type = 'funder' and mark = 'value'"
    )
    printed = {key for key, mark in marks_in(connection).items() if key[1] == "funder" and mark == SHOWN}
    protect_private_figures(connection, "private", load_policy())
    after = marks_in(connection)
    assert all(after[key] == SHOWN for key in printed)
    # Lines of printed figures are for the system of the public tables; those of the interventions alone hold.
    assert not [line for line in subtracted(figures, after) if line[0][1] == "grant"]


def test_a_ratio_over_a_hidden_figure_is_hidden_and_what_is_nobodys_is_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    at = ("grant", GRANTS[0], "ALL", "ALL", "month", MONTHS[0], "ALL")
    figures = [("deliveries", 2, HIDDEN), ("spend_per_delivery", 40, SHOWN), ("plans", 1, SHOWN)]
    put_figures(connection, [((name, *at), n, mark) for name, n, mark in figures])
    assert protect_private_figures(connection, "private", load_policy()) == 1
    marks = {key[0]: mark for key, mark in marks_in(connection).items()}
    assert marks == {"deliveries": HIDDEN, "spend_per_delivery": HIDDEN, "plans": SHOWN}


def interventions(seed: int) -> list[dict[str, object]]:
    """Figures of interventions: money attributed, persons served and improved, what is divided by them and
    what is reached so far, by months, quarters and years, with marks by persons alone."""
    drawn, few = random.Random(seed), load_policy().normal
    rows: list[dict[str, object]] = []
    for grant in GRANTS:
        so_far = {"attributed": 0, "improved": 0, "deliveries": 0}
        totals: dict[tuple[str, date], dict[str, int]] = {}
        for year in (2025, 2026):
            for month in range(1, 13):
                served = drawn.choice((6, 9, 30))
                added = {
                    "attributed": served * drawn.randrange(40, 90),
                    "persons": served,
                    "deliveries": served,
                    "improved": drawn.choice((0, 0, 1, 2, 6, 9)),
                    "others": drawn.choice((0, 1, 7)),
                }
                for of in so_far:
                    so_far[of] += added[of]
                for kind, start in (
                    ("month", date(year, month, 1)),
                    ("quarter", date(year, (month - 1) // 3 * 3 + 1, 1)),
                    ("year", date(year, 1, 1)),
                ):
                    total = totals.setdefault((kind, start), dict.fromkeys(added, 0))
                    for name, n in added.items():
                        total[name] += n
                    total |= {f"{name} so far": n for name, n in so_far.items()}
        for (kind, start), of in totals.items():
            at = {"scope_type": "grant", "scope_id": grant, "item": "ALL", "area": "ALL"}
            at |= {"period_type": kind, "period_start": start, "population_group": "ALL"}
            pairs = of["improved"] + of["others"]

            def row(name: str, over: int, under: int | None, n: int, at: dict = at, **other: str) -> None:
                hidden = 0 < n < few or (under is not None and n == under and 0 < under - over < few)
                rows.append(
                    {**at, "indicator_id": name, "numerator": over, "denominator": under, "n_persons": n}
                    | {"mark": HIDDEN if hidden else SHOWN, **other}
                )

            row("attributed", of["attributed"], None, of["persons"])
            row("persons_served", of["persons"], None, of["persons"])
            row("deliveries", of["deliveries"], None, of["deliveries"])
            row("cost_per_person", of["attributed"], of["persons"], of["persons"])
            if pairs:
                row("outcome_improved", of["improved"], pairs, pairs)
            if of["improved so far"]:
                money, improved = of["attributed so far"], of["improved so far"]
                row("cost_per_improved", money, improved, of["persons"] + 20)
            row("target_progress", of["deliveries so far"], 900, 50, item="deliveries")
    return rows


def lay_down_interventions(connection: duckdb.DuckDBPyConnection, rows: list[dict[str, object]]) -> None:
    connection.execute("delete from marts.dim_indicator")
    words = {
        "attributed": ("sum", None, "EUR"),
        "persons_served": ("distinct", None, "persons"),
        "deliveries": ("sum", None, "count"),
        "cost_per_person": ("ratio", "persons_served", "EUR/person"),
        "outcome_improved": ("ratio", "paired persons", "ratio"),
        "cost_per_improved": ("cumulative ratio", "persons improved", "EUR/person"),
        "target_progress": ("cumulative ratio", "target", "ratio"),
    }
    described = [
        {"indicator_id": name, "kind": kind, "denominator": under, "unit": unit, "protect": "persons"}
        for name, (kind, under, unit) in words.items()
    ]
    put(connection, "marts.dim_indicator", described)
    put(connection, "marts.indicator_value", rows)


def shown_in(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    found = connection.execute("select * from marts.indicator_value")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def ends(row: dict) -> int:
    start = row["period_start"]
    return start.year * 12 + start.month - 1 + {"month": 1, "quarter": 3, "year": 12}[row["period_type"]]


def divided_out(rows: list[dict]) -> list[tuple]:
    """The hidden counts that an amount and a ratio, or two counts so far, give a reader."""
    few = load_policy().normal
    marks = {(r["indicator_id"], r["scope_id"], r["period_type"], r["period_start"]): r["mark"] for r in rows}
    found: list[tuple] = []
    for row in rows:
        at = (row["scope_id"], row["period_type"], row["period_start"])
        name, is_shown = row["indicator_id"], row["mark"] == SHOWN
        counts = {"cost_per_person": "persons_served", "cost_per_improved": "outcome_improved"}
        if is_shown and name in counts and marks.get((counts[name], *at)) == HIDDEN:
            found.append(("the same count", name, *at))
        if is_shown and name in ("cost_per_person", "cost_per_improved") and 0 < row["denominator"] < few:
            found.append(("few", name, *at))
    for grant in GRANTS:
        for name, column, added in (
            ("cost_per_improved", "denominator", "outcome_improved"),
            ("target_progress", "numerator", "deliveries"),
        ):
            own = [r for r in rows if r["scope_id"] == grant]
            counts_by_end = {
                ends(r): int(r[column]) for r in own if r["indicator_id"] == name and r["mark"] == SHOWN
            }
            known = sorted(counts_by_end.items())
            hidden_at = {
                (ends(r) - length, ends(r)): r
                for r in own
                if r["indicator_id"] == added and r["mark"] == HIDDEN
                for length in [{"month": 1, "quarter": 3, "year": 12}[r["period_type"]]]
            }
            for (start, before), (end, after) in pairwise(known):
                if name == "cost_per_improved" and 0 < after - before < few:
                    found.append(("few more", name, grant, start, end))
                if (start, end) in hidden_at and after > before:
                    found.append(("growth of a hidden period", name, grant, start, end))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_no_amount_and_ratio_give_a_hidden_count_away(
    connection: duckdb.DuckDBPyConnection, seed: int
) -> None:
    lay_down_interventions(connection, interventions(seed))
    assert divided_out(shown_in(connection)), "these figures would prove nothing"
    protect_private_figures(connection, "private", load_policy())
    after = shown_in(connection)
    assert not divided_out(after)
    for name in ("cost_per_person", "cost_per_improved", "target_progress"):
        of_years = [r for r in after if r["indicator_id"] == name and r["period_type"] == "year"]
        assert any(r["mark"] == SHOWN for r in of_years), f"not all of {name} may be hidden"


def test_what_a_line_hides_hides_the_ratio_over_it(connection: duckdb.DuckDBPyConnection) -> None:
    """Two months make a quarter: the small one hides the large one, and with it what is divided by it."""
    quarter = ("grant", GRANTS[0], "ALL", "ALL", "quarter", MONTHS[0], "ALL")
    months = [("grant", GRANTS[0], "ALL", "ALL", "month", month, "ALL") for month in MONTHS[:3]]
    counts = [(months[0], 2, HIDDEN), (months[1], 30, SHOWN), (months[2], 40, SHOWN), (quarter, 72, SHOWN)]
    figures = [(("deliveries", *at), n, mark) for at, n, mark in counts]
    ratio = [(("spend_per_delivery", *at), 30, SHOWN) for at, *_ in counts[:3]]
    put_figures(connection, [*figures, *ratio])
    protect_private_figures(connection, "private", load_policy())
    marks = marks_in(connection)
    assert marks["deliveries", *months[1]] == HIDDEN == marks["spend_per_delivery", *months[1]]


def test_an_amount_that_stands_in_a_price_hides_it(connection: duckdb.DuckDBPyConnection) -> None:
    """The registry takes unit_cost and spend_delivered from one column, whatever their words."""
    put(
        connection,
        "marts.dim_indicator",
        [
            {"indicator_id": "spend_delivered", "kind": "sum", "protect": "persons"},
            {"indicator_id": "source_mix", "kind": "ratio", "denominator": "all", "protect": "persons"},
            {"indicator_id": "unit_cost", "kind": "ratio", "denominator": "units", "protect": "persons"},
        ],
    )
    at = ("service", "rho:S-1", "ALL", "ALL", "month", MONTHS[0], "ALL")
    part = (*at[:2], "FOUNDATION", *at[3:])
    figures = [(("spend_delivered", *at), 20, HIDDEN), (("unit_cost", *at), 20, SHOWN)]
    put_figures(connection, [*figures, (("source_mix", *part), 20, SHOWN)])
    protect_private_figures(connection, "private", load_policy())
    assert set(marks_in(connection).values()) == {HIDDEN}
