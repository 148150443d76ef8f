"""Curves, intervals and limits of the warehouse against the statistics libraries, from the same rows."""

import warnings
from collections import Counter
from datetime import date

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.proportion import confint_proportions_2indep

from tests.measures.conftest import Measured
from tests.measures.worked_territory import PERIOD

YEAR = date(2025, 1, 1)
AS_OF = PERIOD[1]


def waits_to_service(measured: Measured, instances: list[str]) -> tuple[list[int], list[bool]]:
    """Days waited and whether the service came, of the requests received in 2025."""
    days, served = [], []
    for instance in instances:
        rows = measured.rows[instance]
        first = {}
        for delivery in rows["service_delivery"]:
            if (request := delivery["request_id"]) is not None:
                first[request] = min(first.get(request, date.max), delivery["start_date"])
        for request in rows["request"]:
            if request["received_at"].year != YEAR.year:
                continue
            start = request["received_at"]
            start = start.date() if hasattr(start, "date") else start
            left = request["status_at"] if request["status"] in ("REJECTED", "WITHDRAWN") else AS_OF
            left = left.date() if hasattr(left, "date") else left
            end = first.get(request["record_id"])
            days.append(max(0, ((end or left) - start).days))
            served.append(end is not None)
    return days, served


@pytest.mark.parametrize("scope", ["network", "roma", "bari"])
def test_the_survival_curve_is_that_of_lifelines(scope: str, measured: Measured) -> None:
    instances = list(measured.rows) if scope == "network" else [scope]
    days, served = waits_to_service(measured, instances)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = KaplanMeierFitter().fit(days, served)
    points = measured.connection.execute(
        """select day, at_risk, events, censored, survival, ci_low, ci_high from marts.survival_curve
           where indicator_id = 'wait_to_service_p50' and scope_id = ? and area = 'ALL' and period_type =
           'year'
             and period_start = ? order by day""",
        [scope, YEAR],
    ).fetchall()
    table, interval = fitted.event_table, fitted.confidence_interval_
    assert len(points) > 20 and points[0][0] == 0
    assert {day for day, *_ in points} == {int(day) for day in table.index}
    for day, at_risk, events, censored, survival, low, high in points:
        row = table.loc[float(day)]
        # lifelines lets everybody enter on day 0, and counts them there.
        assert (at_risk, events, censored) == (row["at_risk"], row["observed"], row["censored"])
        assert survival == pytest.approx(fitted.survival_function_at_times(day).iloc[0], abs=1e-9)
        if 0 < survival < 1:
            assert (low, high) == pytest.approx(tuple(interval.loc[float(day)]), abs=1e-9)
    assert any(event for _, _, event, *_ in points)


def test_the_percentile_is_the_first_day_on_which_the_curve_is_that_low(measured: Measured) -> None:
    days, served = waits_to_service(measured, list(measured.rows))
    fitted = KaplanMeierFitter().fit(days, served)
    (value,) = measured.one(
        """select value from marts.indicator_value where indicator_id = 'wait_to_service_p50' and
        scope_type = 'network'
           and area = 'ALL' and population_group = 'ALL' and period_type = 'year' and period_start = ?""",
        YEAR,
    )
    assert value == fitted.median_survival_time_


def decided(measured: Measured, instance: str) -> list[tuple[str, bool]]:
    """Person and acceptance of every request of 2025 that was decided."""
    return [
        (request["person_id"], request["status"] == "ACCEPTED")
        for request in measured.rows[instance]["request"]
        if request["received_at"].year == YEAR.year and request["status"] in ("ACCEPTED", "REJECTED")
    ]


@pytest.mark.parametrize("instance", ["roma", "torino", "bari", "alba"])
def test_the_gap_of_a_group_has_newcombes_interval(instance: str, measured: Measured) -> None:
    sex = {person["record_id"]: person["sex"] for person in measured.rows[instance]["person"]}
    women = [won for person, won in decided(measured, instance) if sex[person] == "F"]
    men = [won for person, won in decided(measured, instance) if sex[person] == "M"]
    low, high = confint_proportions_2indep(
        sum(women), len(women), sum(men), len(men), method="newcomb", compare="diff"
    )
    value, ci_low, ci_high = measured.one(
        """select value, ci_low, ci_high from marts.indicator_value where indicator_id = 'equity_gap'
           and scope_id = ? and item = 'acceptance_rate:F' and period_start = ?""",
        instance, YEAR,
    )  # fmt: skip
    expected = 100 * (sum(women) / len(women) - sum(men) / len(men))
    assert (value, ci_low, ci_high) == pytest.approx((expected, 100 * low, 100 * high), abs=1e-9)


def compared(measured: Measured, indicator_id: str) -> dict[str, dict]:
    """The rows of marts.comparison of one indicator for all areas in 2025, by instance."""
    cursor = measured.connection.execute(
        "select * from marts.comparison where indicator_id = ? and area = 'ALL' and period_start = ?",
        [indicator_id, YEAR],
    )
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]
    # What was observed is decimal; statistics are computed from doubles.
    observed = ({name: float(row[name]) for name in ("numerator", "denominator")} for row in rows)
    return {row["instance_id"]: row | each for row, each in zip(rows, observed, strict=True)}


def test_shares_have_exact_limits_winsorised_phi_and_reliability(measured: Measured) -> None:
    rows = compared(measured, "acceptance_rate")
    counts = {i: [won for _, won in decided(measured, i)] for i in measured.rows}
    won, tried = {i: sum(w) for i, w in counts.items()}, {i: len(w) for i, w in counts.items()}
    assert set(rows) == set(counts)
    z, targets = {}, {}
    for i in rows:
        others_won, others_tried = sum(won.values()) - won[i], sum(tried.values()) - tried[i]
        t = targets[i] = others_won / others_tried
        z[i] = (won[i] / tried[i] - t) / np.sqrt(t * (1 - t) * (1 / tried[i] + 1 / others_tried))
    phi = float(np.mean(np.asarray(stats.mstats.winsorize(np.array(list(z.values())), limits=0.1)) ** 2))
    variances = np.array([targets[i] * (1 - targets[i]) / tried[i] for i in rows])
    between = combine_effects(
        np.array([won[i] / tried[i] for i in rows]), variances, method_re="dl", use_t=False
    ).tau2
    assert phi > 1, "the drawn territories should differ by more than chance"
    for (i, row), variance in zip(rows.items(), variances, strict=True):
        a, b = sum(won.values()) - won[i], sum(tried.values()) - tried[i] - (sum(won.values()) - won[i])
        t, n = targets[i], tried[i]
        assert (row["numerator"], row["denominator"]) == (won[i], n)
        assert row["network_value"] == pytest.approx(t)
        assert row["overdispersion"] == pytest.approx(phi)
        assert row["overdispersion_low"] == pytest.approx(phi * len(rows) / stats.chi2.ppf(0.975, len(rows)))
        assert row["overdispersion_high"] == pytest.approx(phi * len(rows) / stats.chi2.ppf(0.025, len(rows)))
        assert row["reliability"] == pytest.approx(max(0, between) / (max(0, between) + variance))
        for name, tail in (("95", 0.025), ("998", 0.001)):
            low = stats.betabinom.ppf(tail, n, a, b + 1) / n
            high = stats.betabinom.ppf(1 - tail, n, a + 1, b) / n
            assert row[f"lo{name}"] == pytest.approx(max(0, t - (t - low) * np.sqrt(phi)))
            assert row[f"hi{name}"] == pytest.approx(min(1, t + (high - t) * np.sqrt(phi)))
            assert row[f"chance_lo{name}"] == pytest.approx(low)
            assert row[f"chance_hi{name}"] == pytest.approx(high)
        assert row["widening"] == pytest.approx(np.sqrt(phi))
        beyond = not row["chance_lo998"] <= row["adjusted"] <= row["chance_hi998"]
        told = ["above998", "below998"] if beyond else ["above95", "below95", "inside"]
        assert row["chance_position"] in told
    assert Counter(row["position"] for row in rows.values())["too_small"] < len(rows)


def test_counts_are_expected_by_sex_and_age_and_have_exact_limits(measured: Measured) -> None:
    rows = compared(measured, "persons_per_1000")
    served = {
        i: {d["person_id"] for d in by["service_delivery"] if d["start_date"].year == YEAR.year}
        for i, by in measured.rows.items()
    }
    of_scope = """select sex || ':' || age_band, residents from intermediate.int_residents__by_group
                  where scope_id = ?"""
    known = {i: measured.connection.execute(of_scope, [i]).fetchall() for i in rows}
    # All residents in the proportions of those whose sex and age are known: the counts are of different days.
    total = {i: 1000 * row["denominator"] for i, row in rows.items()}
    residents = {
        i: [(group, total[i] * n / sum(m for _, m in known[i])) for group, n in known[i]] for i in rows
    }
    assert set(rows) == {i for i, persons in served.items() if persons}
    groups = {i: Counter(_group(measured, i, person) for person in served[i]) for i in rows}
    phi = next(iter(rows.values()))["overdispersion"]
    for i, row in rows.items():
        expected = 0.0
        for group, own in [*residents[i], ("unknown", total[i])]:
            others = sum(sum(n for g, n in residents[j] if group in (g, "unknown")) for j in rows if j != i)
            expected += own * sum(groups[j][group] for j in rows if j != i) / others
        assert row["expected"] == pytest.approx(expected)
        observed, rest = len(served[i]), sum(len(served[j]) for j in rows) - len(served[i])
        assert row["adjusted"] == pytest.approx(row["network_value"] * observed / expected)
        share = rest / (rest + expected)
        for name, tail in (("95", 0.025), ("998", 0.001)):
            low, high = stats.nbinom.ppf(tail, rest, share), stats.nbinom.ppf(1 - tail, rest + 1, share)
            t = row["network_value"]
            for limit, count in (("lo", low), ("hi", high)):
                widened = t + (t * count / expected - t) * np.sqrt(max(1, phi))
                assert row[f"{limit}{name}"] == pytest.approx(max(0, widened))


def _group(measured: Measured, instance: str, person_id: str) -> str:
    person = next(p for p in measured.rows[instance]["person"] if p["record_id"] == person_id)
    if person["sex"] not in ("F", "M"):
        return "unknown"
    age = YEAR.year - person["birth_year"]
    bands = {
        2: "0-2",
        5: "3-5",
        13: "6-13",
        17: "14-17",
        34: "18-34",
        49: "35-49",
        64: "50-64",
        74: "65-74",
        84: "75-84",
    }
    return f"{person['sex']}:{next((band for last, band in bands.items() if age <= last), '85+')}"


def test_means_have_normal_limits_from_what_persons_contribute(measured: Measured) -> None:
    rows = compared(measured, "spend_municipal_per_resident")
    sums = {}
    for i in rows:
        persons = Counter()
        for d in measured.rows[i]["service_delivery"]:
            if d["start_date"].year == YEAR.year:
                persons[d["person_id"]] += int(d["amount_municipality"])
        sums[i] = persons
    phi = next(iter(rows.values()))["overdispersion"]
    for i, row in rows.items():
        if len(sums[i]) < 5:
            assert row["position"] == "too_small"
            continue
        residents = row["denominator"]
        rest = sum(rows[j]["denominator"] for j in rows if j != i)
        own = sum(x * x for x in sums[i].values()) / residents**2
        target = sum(sum(sums[j].values()) for j in rows if j != i) / rest
        others = (
            sum(sum(x * x for x in sums[j].values()) for j in rows if j != i and len(sums[j]) >= 5) / rest**2
        )
        reach = stats.norm.ppf(0.999) * np.sqrt((own + others) * max(1, phi))
        assert row["hi998"] == pytest.approx(target + reach)
        assert row["lo998"] == pytest.approx(max(0, target - reach))
