"""Stocks: what stands at the end of every period, from the first row of a scope to as_of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from tests.second_computation.calendar_days import last_day, periods_between
from tests.second_computation.cells import PERIODS, Contribution, Figure, Key
from tests.second_computation.network_facts import Scope

Standing = Callable[[Scope, list[Contribution], date, date], Figure | None]


def stock_cells(
    indicator: str, contributions: Iterable[Contribution], standing: Standing, as_of: date
) -> Iterator[tuple[Key, Figure]]:
    """Yield one figure for every period from the scope's first contribution to as_of.

    `standing` is given the contributions up to the period's last day, that day, and t: the same day, or as_of
    if that comes first.
    """
    groups: dict[tuple[Scope, str, str], list[Contribution]] = defaultdict(list)
    for contribution in contributions:
        for scope in dict.fromkeys(contribution.scopes):
            for area in contribution.areas:
                groups[scope, contribution.item, area].append(contribution)
    for (scope, item, area), group in groups.items():
        first = min(contribution.day for contribution in group)
        for period in PERIODS:
            for start in periods_between(period, first, as_of):
                end = last_day(period, start)
                so_far = [each for each in group if each.day <= end]
                figure = standing(scope, so_far, end, min(end, as_of))
                if figure is not None:
                    yield (indicator, *scope, item, area, period, start), figure
