"""The calendar on which a territory sends: when its exports came arrives, the next one due leaves.

Nobody writes down when a territory sends: its own exports say how far apart their periods end and how long
after they were made. So a monthly sender is late after a month, and a yearly one is not. Where the days come
from does not belong here, nor what is said of whoever is late.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

# Fewer exports than these show no habit; more than these are another time.
LEAST = 3
RECENT = 12


@dataclass(frozen=True)
class Habit:
    """How a territory sends: its periods end every `months` (or, if 0, every `days`), and each export is
    made within `delay` days after."""

    months: int
    days: int
    delay: int

    def following(self, end: date) -> date:
        """Return the end of the period after one that ends on a day."""
        if not self.months:
            return end + timedelta(days=self.days)
        month = end.month - 1 + self.months
        year, month = end.year + month // 12, month % 12 + 1
        return date(year, month, calendar.monthrange(year, month)[1])

    def due(self, end: date) -> date:
        """Return the last day on which the export of a period that ends on a day is in time."""
        return end + timedelta(days=self.delay)


@dataclass(frozen=True)
class Late:
    """Exports that are due and have not come: how many, the end of the first one's period, its day."""

    n: int
    end: date
    due: date


def habit(sent: Iterable[tuple[date, date]]) -> Habit | None:
    """Return how a territory sends, from the last day of the period of each of its exports and the day on
    which it was made, in the order in which they came; None where there are too few to know."""
    made: dict[date, date] = {}
    for end, day in sent:
        # A second export of a period is a correction: the first says when it came.
        made.setdefault(end, day)
    ends = sorted(made)[-RECENT:]
    if len(ends) < LEAST:
        return None
    delay = max(0, *((made[end] - end).days for end in ends))
    steps = [(later - before).days for before, later in pairwise(ends)]
    if all(end.day == calendar.monthrange(end.year, end.month)[1] for end in ends):
        apart = [
            (later.year - before.year) * 12 + later.month - before.month for before, later in pairwise(ends)
        ]
        return Habit(max(1, round(median(apart))), 0, delay)
    return Habit(0, max(1, round(median(steps))), delay)


def late(data_to: date, sends: Habit, today: date) -> Late | None:
    """Return the exports that were due before today and have not come, or None."""
    end = first = sends.following(data_to)
    n = 0
    while sends.due(end) < today:
        n, end = n + 1, sends.following(end)
    return Late(n, first, sends.due(first)) if n else None
