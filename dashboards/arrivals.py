"""The calendar on which a territory sends: the exports that it has sent arrive, the next one due leaves.

Nobody writes down when a territory sends: its own exports say how far apart their periods end and how long
after they were made. So a monthly sender is late after a month, and a yearly one is not.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from dashboards import data, numerals
from dashboards.numerals import rome_day
from dashboards.view import View

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


def habit(arrivals: Sequence[data.Row]) -> Habit | None:
    """Return how a territory sends, from the period_to and the moment of creation of its latest exports; None
    where there are too few to know."""
    made: dict[date, date] = {}
    for one in arrivals:
        # A second export of a period is a correction: the first says when it came.
        made.setdefault(one["period_to"], rome_day(one["created"]) if one["created"] else one["period_to"])
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


def is_due(row: data.Row, day: date, today: date) -> bool:
    """Tell whether the export that holds a day was due before today; also where no habit is known.
    row -- of `received.freshness`.
    """
    sends, end = habit(row["arrivals"]), row["data_to"]
    if sends is None or end is None:
        return True
    while end < day:
        end = sends.following(end)
    return sends.due(end) < today


def told(view: View, row: data.Row) -> tuple[str, str, str]:
    """Return the state of a territory's data (current, late or unknown), its short words, and its sentence
    (nothing where nothing is late). row -- of `received.freshness`."""
    words, lang, sends = view.words, view.lang, habit(row["arrivals"])
    if row["data_to"] is None:
        return "late", words("freshness.never"), ""
    if sends is None:
        return "unknown", words("freshness.unknown"), ""
    found = late(row["data_to"], sends, view.today)
    if found is None:
        following = sends.following(row["data_to"])
        days = {
            "end": numerals.day(following, lang),
            "due": numerals.day(sends.due(following), lang),
        }
        return "current", words("freshness.current", **days), ""
    places = {
        "n": words.count(found.n),
        "day": numerals.day(row["data_to"], lang),
        "end": numerals.day(found.end, lang),
        "month": numerals.month_name(found.end.month, lang),
        "due": numerals.day(found.due, lang),
    }
    which = "many" if found.n > 1 else "month" if sends.months == 1 else "period"
    return "late", words("freshness.late", **places), words(f"notice.stale.{which}", **places)
