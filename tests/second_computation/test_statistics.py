"""The statistics written out here against the libraries that everybody uses."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from lifelines import KaplanMeierFitter
from scipy import stats

from tests.second_computation.student import mean_interval, quantile
from tests.second_computation.survival import waiting_days


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_waiting_days_are_those_of_the_product_limit_estimator(seed: int, share: float) -> None:
    rng = Random(seed)
    waits = [(rng.randrange(30), rng.random() < rng.choice([0.3, 0.9])) for _ in range(rng.randrange(1, 60))]
    curve = KaplanMeierFitter().fit([days for days, _ in waits], [came for _, came in waits])
    survival = curve.survival_function_["KM_estimate"]
    reached = survival.index[survival <= share + 1e-9]
    expected = None if reached.empty else int(reached[0])
    assert waiting_days(waits, share) == expected


def test_on_one_day_events_come_before_censorings() -> None:
    # Counted the other way, the one who left would not be at risk and half would be reached a person earlier.
    assert waiting_days([(5, True), (5, False), (5, False)], 0.5) is None
    assert waiting_days([(5, True), (4, False), (4, False)], 0.5) == 5


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 10, 29, 30, 101, 400])
def test_quantile_is_that_of_students_distribution(degrees: int) -> None:
    assert quantile(0.975, degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_interval_is_the_usual_one(seed: int) -> None:
    rng = Random(seed)
    values = [Decimal(rng.randrange(-9000, 9000)) / 1000 for _ in range(rng.randrange(2, 80))]
    numbers = [float(value) for value in values]
    expected = stats.t.interval(
        0.95, len(numbers) - 1, loc=sum(numbers) / len(numbers), scale=stats.sem(numbers)
    )
    assert mean_interval(values) == pytest.approx(expected, rel=1e-9)


def test_one_value_has_no_interval() -> None:
    assert mean_interval([Decimal(1)]) is None
