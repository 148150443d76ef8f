"""Days and periods: the local day of an instant, the periods that hold a day, where a period ends."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def rome_day(instant: datetime) -> date:
    """Return the day on which an instant falls in Italy."""
    return instant.astimezone(ROME).date()


@functools.cache
def period_of(period_type: str, day: date) -> date:
    """Return the first day of the month, quarter or year that holds `day`."""
    length = MONTHS[period_type]
    return date(day.year, (day.month - 1) // length * length + 1, 1)


@functools.cache
def months_later(first_day: date, months: int) -> date:
    """Return the first day of the month `months` later (or earlier, where negative)."""
    count = first_day.year * 12 + first_day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


@functools.cache
def last_day(period_type: str, start: date) -> date:
    """Return the last day of a period."""
    return months_later(start, MONTHS[period_type]) - timedelta(days=1)


def periods_between(period_type: str, first: date, last: date) -> Iterator[date]:
    """Yield the first day of every period from the one that holds `first` to the one that holds `last`."""
    start = period_of(period_type, first)
    while start <= last:
        yield start
        start = months_later(start, MONTHS[period_type])


def twelve_months_before(day: date) -> date:
    """Return the same day a year earlier; 28 February for 29 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
