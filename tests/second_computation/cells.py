"""From contributions to cells: which scope, area and period each one falls in, and what a figure looks like.

A contribution is one row's part in one indicator. Cells collect them; the statistic over a cell is given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.second_computation.calendar_days import MONTHS, last_day, period_of, periods_between
from tests.second_computation.network_facts import Person, Scope

Key = tuple[str, str, str, str, str, str, date]
PERIODS = tuple(MONTHS)


@dataclass(frozen=True)
class Contribution:
    """One row's part: its day, where it counts, what it adds above and below, and who stands behind it."""

    day: date
    scopes: Sequence[Scope]
    areas: Sequence[str] = ("ALL",)
    numerator: Decimal = Decimal(0)
    denominator: Decimal = Decimal(0)
    persons: frozenset[Person] = frozenset()
    item: str = "ALL"
    what: Any = None


@dataclass(frozen=True)
class Figure:
    """One cell's figures, as `marts.indicator_value` holds them."""

    numerator: Decimal | None
    denominator: Decimal | None
    value: float | None
    n_persons: int | None
    status: str = "ok"
    ci_low: float | None = None
    ci_high: float | None = None


Statistic = Callable[[Scope, list[Contribution]], Figure | None]


def cells(
    indicator: str,
    contributions: Iterable[Contribution],
    statistic: Statistic,
    as_of: date,
    periods: Sequence[str] = PERIODS,
) -> Iterator[tuple[Key, Figure]]:
    """Yield one figure per scope, item, area and period that any contribution falls in."""
    groups = defaultdict(list)
    for contribution in contributions:
        starts = [(period, period_of(period, contribution.day)) for period in periods]
        begun = [(period, start) for period, start in starts if start <= as_of]
        for (kind, scope_id), area in _places(contribution):
            for period, start in begun:
                groups[indicator, kind, scope_id, contribution.item, area, period, start].append(contribution)
    for key, group in groups.items():
        figure = statistic((key[1], key[2]), group)
        if figure is not None:
            yield key, figure


def cumulative_cells(
    indicator: str, contributions: Iterable[Contribution], statistic: Statistic, as_of: date
) -> Iterator[tuple[Key, Figure]]:
    """Yield one figure for every period from the scope's first contribution to as_of, over all so far."""
    groups = defaultdict(list)
    for contribution in contributions:
        for (kind, scope_id), area in _places(contribution):
            groups[kind, scope_id, contribution.item, area].append(contribution)
    for (kind, scope_id, item, area), group in groups.items():
        first = min(contribution.day for contribution in group)
        for period in PERIODS:
            for start in periods_between(period, first, as_of):
                end = last_day(period, start)
                so_far = [each for each in group if each.day <= end]
                figure = statistic((kind, scope_id), so_far)
                if figure is not None:
                    yield (indicator, kind, scope_id, item, area, period, start), figure


def _places(contribution: Contribution) -> Iterator[tuple[Scope, str]]:
    for scope in dict.fromkeys(contribution.scopes):
        for area in contribution.areas:
            yield scope, area


def persons_behind(group: Iterable[Contribution]) -> set[Person]:
    """Return the distinct persons behind contributions."""
    return {person for contribution in group for person in contribution.persons}


def total(scope: Scope, group: list[Contribution]) -> Figure:
    """The sum, with the persons behind it."""
    numerator = sum([each.numerator for each in group], Decimal(0))
    return Figure(numerator, None, float(numerator), len(persons_behind(group)))


def total_of_organisations(scope: Scope, group: list[Contribution]) -> Figure:
    """The sum of money that is nobody's secret."""
    numerator = sum([each.numerator for each in group], Decimal(0))
    return Figure(numerator, None, float(numerator), None)


def divided(numerator: Decimal, denominator: Decimal | int | None, n_persons: int | None) -> Figure:
    """Return a ratio, or why there is none."""
    if denominator is None or denominator == 0:
        below = None if denominator is None else Decimal(denominator)
        return Figure(numerator, below, None, n_persons, "denominator_missing")
    return Figure(numerator, Decimal(denominator), float(numerator / Decimal(denominator)), n_persons)


def ratio(scope: Scope, group: list[Contribution]) -> Figure:
    """Sum above over sum below, with the persons behind either."""
    numerator = sum([each.numerator for each in group], Decimal(0))
    denominator = sum([each.denominator for each in group], Decimal(0))
    return divided(numerator, denominator, len(persons_behind(group)))


def ratio_of_organisations(scope: Scope, group: list[Contribution]) -> Figure:
    """Sum above over sum below, of money that is nobody's secret."""
    figure = ratio(scope, group)
    return Figure(figure.numerator, figure.denominator, figure.value, None, figure.status)
