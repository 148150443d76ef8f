"""Means, their rounding and their intervals, as the macros make them of decimal sums."""

from decimal import ROUND_HALF_UP, Decimal
from random import Random

import duckdb
import numpy as np
import pytest
from scipy import stats

from tests.measures.conftest import Measured


def half_widths(measured: Measured, samples: list[list[Decimal]]) -> list[tuple[float, float, float]]:
    """Quantile, deviation and half width that the macros make of the sums of samples, in their order."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table drawn (place integer, n bigint, total decimal(38, 3), squares decimal(38, 6))"
        )
        connection.executemany(
            "insert into drawn values (?, ?, ?, ?)",
            [
                (place, len(sample), sum(sample), sum(value * value for value in sample))
                for place, sample in enumerate(samples)
            ],
        )
        found = connection.execute(measured.compiled["mean_half_width"] + " order by place").fetchall()
    return [row[1:] for row in found]


def test_quantiles_of_student_are_those_of_scipy_to_the_last_digits(measured: Measured) -> None:
    degrees = [*range(1, 300), 1000, 12_345, 10**6, 10**9]
    with duckdb.connect() as connection:
        connection.execute("create table drawn (n bigint, total decimal(38, 3), squares decimal(38, 6))")
        connection.executemany("insert into drawn values (?, 1, 1)", [(df + 1,) for df in degrees])
        found = {n - 1: t for n, t, *_ in connection.execute(measured.compiled["mean_half_width"]).fetchall()}
    assert found == {df: pytest.approx(stats.t.ppf(0.975, df), rel=1e-14) for df in degrees}


def test_the_interval_of_a_mean_is_students_however_far_the_values_lie_from_nothing(
    measured: Measured,
) -> None:
    rng = Random(3)
    samples = [
        [Decimal(far + rng.randrange(-3000, 3000)) / 1000 for _ in range(rng.randrange(2, 300))]
        for far in [0, 10**7, 10**11] * 20
    ]
    for sample, (_, deviation, half_width) in zip(samples, half_widths(measured, samples), strict=True):
        # Nearer to nothing, where doubles tell them apart.
        numbers = [float(value - sample[0]) for value in sample]
        reach = stats.t.ppf(0.975, len(sample) - 1)
        assert deviation == pytest.approx(np.std(numbers, ddof=1), rel=1e-12)
        assert half_width == pytest.approx(reach * stats.sem(numbers), rel=1e-12)


def test_values_all_alike_have_an_interval_of_nothing_and_one_value_has_none(measured: Measured) -> None:
    samples = [[Decimal("954.871")] * n for n in (2, 3, 7, 10, 299)] + [[Decimal("0.1")]]
    widths = [half_width for *_, half_width in half_widths(measured, samples)]
    assert widths == [0, 0, 0, 0, 0, None]


def test_a_mean_is_rounded_half_away_from_nothing_however_doubles_put_it(measured: Measured) -> None:
    rng = Random(4)
    drawn = [
        (Decimal(rng.randrange(-(10**6), 10**6)) / 1000, rng.choice([1, 3, 16, 80, 160, 625, 4000]))
        for _ in range(3000)
    ]
    with duckdb.connect() as connection:
        connection.execute("create table drawn (total decimal(38, 3), weight hugeint)")
        connection.executemany("insert into drawn values (?, ?)", drawn)
        found = connection.execute(measured.compiled["rounded_mean"]).fetchall()
    exact = [(total / weight).quantize(Decimal("0.0001"), ROUND_HALF_UP) for total, weight in drawn]
    assert [rounded for *_, rounded in found] == exact
    doubles = [round(float(total) / weight, 4) for total, weight in drawn]
    assert doubles != [float(mean) for mean in exact], "no half drawn on which doubles go wrong"
