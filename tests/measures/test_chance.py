"""The limits of a fair comparison: exact to the number, and crossed by chance no more often than they say."""

from collections.abc import Iterable
from itertools import product

import duckdb
import numpy as np
import pytest
from scipy import stats

from publication.bulk_insert import insert_rows
from tests.measures.conftest import Measured

COLUMNS = (
    "run bigint, instance_id varchar, family varchar, numerator double, denominator double, "
    "expected double, variance double"
)
LIMITS = "target, greatest(1, coalesce(overdispersion, 1)), lo95, hi95, lo998, hi998"
Compared = list[tuple]


@pytest.fixture(scope="module")
def sql(measured: Measured) -> str:
    """The comparison's SQL over a relation `drawn`, written out by dbt from the macro."""
    return measured.compiled["comparison"]


def compare(sql: str, rows: Iterable[tuple], columns: str = "*") -> Compared:
    """Return `columns` of the comparison of `rows`."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"create table drawn ({COLUMNS})")
        insert_rows(connection, "drawn", list(rows))
        return connection.execute(
            f"select {columns} from ({sql}) as compared order by run, instance_id"
        ).fetchall()


def widened(exact: float, target: float, phi: float, tail: float) -> float:
    """A limit moved away from the target by the root of phi, never towards it."""
    away = max(0, exact - target) if tail > 0.5 else min(0, exact - target)
    return exact + away * (np.sqrt(phi) - 1)


def test_limits_of_counts_are_negative_binomial_quantiles(sql: str) -> None:
    pairs = list(product([5, 40, 900, 30_000], [0.02, 0.4, 1, 12, 150]))
    rows = []
    for run, (others, exposure) in enumerate(pairs):
        rows += [(run, "a", "count", 1, exposure, None, None), (run, "b", "count", others, 100, None, None)]
    found = compare(sql, rows, f"run, instance_id, expected, {LIMITS}")
    checked = 0
    for run, instance, expected, target, phi, *limits in found:
        if instance != "a":
            continue
        others = pairs[run][0]
        share = others / (others + expected)
        for limit, (tail, r) in zip(
            limits,
            [(0.025, others), (0.975, others + 1), (0.001, others), (0.999, others + 1)],
            strict=True,
        ):
            exact = target * stats.nbinom.ppf(tail, r, share) / expected
            assert limit == pytest.approx(max(0, widened(exact, target, phi, tail)), abs=1e-12)
            checked += 1
    assert checked == 4 * len(pairs)


def test_limits_of_shares_are_beta_binomial_quantiles(sql: str) -> None:
    cases = list(product([(5, 40), (6, 200), (60, 80), (9_990, 10_000), (5, 6)], [1, 8, 95, 2_500]))
    rows = []
    for run, ((won, tried), n) in enumerate(cases):
        rows += [(run, "a", "share", 1, n, None, None), (run, "b", "share", won, tried, None, None)]
    found = compare(sql, rows, f"run, instance_id, {LIMITS}")
    checked = 0
    for run, instance, target, phi, *limits in found:
        if instance != "a":
            continue
        (won, tried), n = cases[run]
        lost = tried - won
        for limit, (tail, a, b) in zip(
            limits,
            [(0.025, won, lost + 1), (0.975, won + 1, lost), (0.001, won, lost + 1), (0.999, won + 1, lost)],
            strict=True,
        ):
            exact = stats.betabinom.ppf(tail, n, a, b) / n
            assert limit == pytest.approx(min(1, max(0, widened(exact, target, phi, tail))), abs=1e-12)
            checked += 1
    assert checked == 4 * len(cases)


def drawn_by_chance(family: str, runs: int) -> list[tuple]:
    """Runs of thirteen territories of very unequal size with one and the same rate."""
    draw = np.random.default_rng(20_260_930)
    sizes = np.geomspace(40, 4_000, 13).round()
    rows = []
    for run in range(runs):
        for number, size in enumerate(sizes):
            variance = None
            if family == "count":
                numerator = draw.poisson(0.2 * size)
            elif family == "share":
                numerator = draw.binomial(int(size), 0.3)
            else:
                values = draw.gamma(4, 25, int(size))
                numerator = values.sum()
                variance = float(((values - values.mean()) ** 2).sum() / size**2)
            rows.append((run, f"t{number:02}", family, float(numerator), float(size), None, variance))
    return rows


@pytest.mark.parametrize("runs", [150, pytest.param(400, marks=pytest.mark.long)])
@pytest.mark.parametrize("family", ["count", "share", "mean"])
def test_chance_alone_is_flagged_no_more_often_than_the_limits_say(family: str, runs: int, sql: str) -> None:
    rows = drawn_by_chance(family, runs)
    positions = [position for (position,) in compare(sql, rows, "position")]
    assert len(positions) == len(rows) and "too_small" not in positions
    outside_998 = sum(position in ("above998", "below998") for position in positions)
    outside_95 = outside_998 + sum(position in ("above95", "below95") for position in positions)
    # No more than said: a true rate at the limit would pass this binomial test all but once in a thousand.
    assert stats.binomtest(outside_998, len(positions), 0.002, alternative="greater").pvalue > 0.001
    assert stats.binomtest(outside_95, len(positions), 0.05, alternative="greater").pvalue > 0.001
    # And not because nothing is ever flagged.
    assert outside_95 > 0.01 * len(positions)


@pytest.mark.parametrize("family", ["count", "share", "mean"])
def test_the_order_of_the_rows_changes_no_bit(family: str, sql: str) -> None:
    rows = drawn_by_chance(family, runs=20)
    shuffled = [rows[place] for place in np.random.default_rng(7).permutation(len(rows))]
    assert compare(sql, shuffled) == compare(sql, rows)


def test_a_territory_unlike_the_others_is_flagged(sql: str) -> None:
    rows = drawn_by_chance("share", runs=20)
    changed = [
        (run, name, family, min(n, round(n * 0.6)), n, e, v)
        if name == "t12"
        else (run, name, family, k, n, e, v)
        for run, name, family, k, n, e, v in rows
    ]
    found = compare(sql, changed, "instance_id, position")
    assert [position for name, position in found if name == "t12"] == ["above998"] * 20


def test_too_few_expected_are_said_to_be_too_small(sql: str) -> None:
    rows = [(0, "a", "count", 30, 5, None, None), (0, "b", "count", 90, 100, None, None)]
    assert compare(sql, rows, "instance_id, position")[0] == ("a", "too_small")


def test_overdispersion_widens_the_limits(sql: str) -> None:
    even = [(0, f"t{n}", "share", 30 + n, 100, None, None) for n in range(13)]
    uneven = [(0, f"t{n}", "share", 15 + 5 * n, 100, None, None) for n in range(13)]
    (narrow, phi_even), (wide, phi_uneven) = (
        compare(sql, rows, "hi998 - lo998, overdispersion")[6] for rows in (even, uneven)
    )
    assert phi_even < 1 < phi_uneven
    assert wide > narrow * 1.5


def test_quantiles_of_chi_square_are_those_of_scipy(measured: Measured) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table drawn as select range + 1 as n from range(200)")
        for n, low, high in connection.execute(measured.compiled["chi_square"]).fetchall():
            precision = 1e-9 if n <= 60 else 1e-3
            assert low == pytest.approx(stats.chi2.ppf(0.025, n), rel=precision)
            assert high == pytest.approx(stats.chi2.ppf(0.975, n), rel=precision)
