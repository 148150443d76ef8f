"""Every point of every survival curve, with Greenwood's interval on the log-log scale."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tests.second_computation.access import waits_to_assessment, waits_to_service
from tests.second_computation.calendar_days import period_of
from tests.second_computation.call_waits import curves
from tests.second_computation.cells import PERIODS
from tests.second_computation.network_facts import Network

# The quantile of the standard normal distribution at 0.975.
Z = 1.959963984540054
PointKey = tuple[str, str, str, str, str, date, int]
WITH_P90 = ("wait_to_service_p50", "wait_to_decision_p50", "wait_to_payment_p50")


@dataclass(frozen=True)
class Point:
    """One day of a curve: who was at risk, what became of them, and the share still waiting."""

    at_risk: int
    events: int
    censored: int
    survival: float
    ci_low: float | None
    ci_high: float | None


def points(network: Network) -> Iterator[tuple[PointKey, Point]]:
    """Yield the points of all survival indicators; indicators of one curve each have it."""
    every = {
        **curves(network),
        "wait_to_assessment_p50": list(waits_to_assessment(network)),
        "wait_to_service_p50": list(waits_to_service(network)),
    }
    for indicator, waits in every.items():
        groups = defaultdict(list)
        for wait in waits:
            for scope in dict.fromkeys(wait.scopes):
                for area in wait.areas:
                    for period in PERIODS:
                        start = period_of(period, wait.day)
                        if start <= network.as_of:
                            groups[*scope, area, period, start].append(wait.what)
        names = [indicator, indicator.replace("p50", "p90")] if indicator in WITH_P90 else [indicator]
        for key, group in groups.items():
            for day, point in curve(group):
                for name in names:
                    yield (name, *key, day), point


def curve(waits: list[tuple[int, bool]]) -> Iterator[tuple[int, Point]]:
    """Yield the points of one curve: day 0 and every day on which a wait ends or is cut short."""
    share, variance = 1.0, 0.0
    for day in sorted({0, *(days for days, _ in waits)}):
        at_risk = sum(1 for days, _ in waits if days >= day)
        events = sum(1 for days, came in waits if days == day and came)
        censored = sum(1 for days, came in waits if days == day and not came)
        share *= 1 - events / at_risk
        if events and at_risk > events:
            variance += events / (at_risk * (at_risk - events))
        yield day, Point(at_risk, events, censored, share, *_interval(share, variance))


def _interval(share: float, variance: float) -> tuple[float | None, float | None]:
    if share == 0:
        return None, None
    if share == 1:
        return 1.0, 1.0
    reach = Z * math.sqrt(variance) / abs(math.log(share))
    return share ** math.exp(reach), share ** math.exp(-reach)
