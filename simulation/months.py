"""The simulated calendar: its months, their seasons, and the clock of Europe/Rome.

The last month is always the same; how many there are is said once, by whoever simulates, and holds for all
that is drawn within (`simulated_months`). Days are integers since 1970-01-01, moments integer UTC seconds,
months are numbered from 0 (the first exported month; what happened before it is negative). What happens in a
month does not belong here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

LAST_MONTH = date(2026, 9, 1)
# Three years: every whole year, and the last twelve months, have a year before them.
USUAL_MONTHS = 36
FEWEST_MONTHS, MOST_MONTHS = 12, 120
NONE = np.iinfo(np.int64).min
DAY = 86_400
ROME = ZoneInfo("Europe/Rome")

_EPOCH = date(1970, 1, 1)
_months: ContextVar[int] = ContextVar("months", default=USUAL_MONTHS)
_TEXT_FROM = date(1900, 1, 1)
_TEXT_TO = date(2040, 1, 1)

# How busy a month is, January first: people ask in winter and after the summer, offices empty in August.
SEASON = np.array([1.18, 1.12, 1.06, 0.95, 1.00, 0.92, 0.80, 0.50, 1.10, 1.13, 1.16, 1.02])
WEEKDAY = np.array([1.15, 1.10, 1.05, 1.05, 0.95, 0.25, 0.08])


def day_of(value: date) -> int:
    """Return the day number of a date."""
    return (value - _EPOCH).days


def date_of(day: int) -> date:
    """Return the date of a day number."""
    return _EPOCH + timedelta(days=int(day))


@contextmanager
def simulated_months(count: int) -> Iterator[None]:
    """Simulate `count` months up to the last one within the block; from 12 to 120, else ValueError."""
    if not FEWEST_MONTHS <= count <= MOST_MONTHS:
        raise ValueError(
            f"{count} mesi: da {FEWEST_MONTHS} a {MOST_MONTHS} / "
            f"{count} months: from {FEWEST_MONTHS} to {MOST_MONTHS}"
        )
    token = _months.set(count)
    try:
        yield
    finally:
        _months.reset(token)


def month_count() -> int:
    """Return how many months are simulated."""
    return _months.get()


def first_month() -> date:
    """Return the first day of the first exported month."""
    return date_of(first_day(0))


def first_day(month: int) -> int:
    """Return the day number on which the simulated month begins; `month` may be negative or past the end."""
    return _first_of(LAST_MONTH.year * 12 + LAST_MONTH.month - _months.get() + month)


def _first_of(index: int) -> int:
    return day_of(date(index // 12, index % 12 + 1, 1))


def start_day() -> int:
    """Return the day number of the first simulated day."""
    return first_day(0)


END = _first_of(LAST_MONTH.year * 12 + LAST_MONTH.month) - 1


def january(year: int) -> int:
    """Return the simulated month in which a year begins."""
    return int(month_of_day(np.asarray(day_of(date(year, 1, 1)))))


def month_of_year(days: np.ndarray) -> np.ndarray:
    """Return the month of the calendar of each day, 0 for January."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


@cache
def _month_table(months: int) -> tuple[int, np.ndarray]:
    low, high = -420, months + 36
    first = first_day(low)
    table = np.empty(first_day(high) - first, dtype=np.int64)
    for month in range(low, high):
        table[first_day(month) - first : first_day(month + 1) - first] = month
    return first, table


def month_of_day(days: np.ndarray) -> np.ndarray:
    """Return the simulated month of each day."""
    first, table = _month_table(_months.get())
    return table[np.clip(np.asarray(days) - first, 0, len(table) - 1)]


@cache
def _clock_changes() -> tuple[np.ndarray, np.ndarray]:
    moments, offsets = [np.iinfo(np.int64).min], [3600]
    for year in range(2015, 2036):
        for month, offset in ((3, 7200), (10, 3600)):
            last = date(year, month, 31)
            sunday = last - timedelta(days=(last.weekday() + 1) % 7)
            moments.append(day_of(sunday) * DAY + 3600)
            offsets.append(offset)
    return np.array(moments), np.array(offsets)


def rome_offset(moments: np.ndarray) -> np.ndarray:
    """Return the seconds to add to each UTC moment to read a clock in Rome."""
    changes, offsets = _clock_changes()
    return offsets[np.searchsorted(changes, moments, side="right") - 1]


def local_day(moments: np.ndarray) -> np.ndarray:
    """Return the day in Rome of each moment."""
    return (moments + rome_offset(moments)) // DAY


def month_of(moments: np.ndarray) -> np.ndarray:
    """Return the simulated month, by the day in Rome, of each moment."""
    return month_of_day(local_day(moments))


def at_hour(days: np.ndarray, rng: np.random.Generator, first: float = 8.0, last: float = 18.5) -> np.ndarray:
    """Return a moment on each day, at a minute between two local hours (winter time is used
    for the conversion).
    """
    minutes = rng.integers(int(first * 60), int(last * 60), size=len(days))
    seconds = rng.integers(0, 60, size=len(days))
    return np.asarray(days, dtype=np.int64) * DAY + minutes * 60 + seconds - 3600


def created_at(month: int) -> datetime:
    """Return the moment at which the export of a month is made: the third night after the month's end."""
    day = date_of(first_day(month + 1) + 2)
    return datetime(day.year, day.month, day.day, 2, 10, tzinfo=ROME)


def created_moment(month: int) -> int:
    """Return `created_at` in UTC seconds."""
    return int(created_at(month).astimezone(UTC).timestamp())


def seasonal_days(rng: np.random.Generator, n: int, first: int, last: int, growth: float = 0.3) -> np.ndarray:
    """Draw n days in [first, last], more in busy months and on working days, growing over the whole time."""
    days = np.arange(first, last + 1)
    weights = SEASON[month_of_year(days)] * WEEKDAY[(days + 3) % 7]
    weights = weights * (1 + growth * (days - first) / max(1, last - first))
    edges = np.cumsum(weights)
    return days[np.searchsorted(edges, rng.random(n) * edges[-1], side="right").clip(0, len(days) - 1)]


def working_day(days: np.ndarray) -> np.ndarray:
    """Move Saturdays and Sundays to the Monday after."""
    weekday = (days + 3) % 7
    return days + np.where(weekday == 5, 2, np.where(weekday == 6, 1, 0))


@cache
def _day_text() -> pa.Array:
    days = pa.array(np.arange(day_of(_TEXT_FROM), day_of(_TEXT_TO), dtype=np.int32), type=pa.date32())
    return pc.strftime(days, format="%Y-%m-%d")


@cache
def _second_text() -> pa.Array:
    return pa.array([f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(DAY)])


def date_text(days: np.ndarray) -> pa.Array:
    """Return ISO dates; NONE becomes null."""
    missing = days == NONE
    index = np.where(missing, 0, days - day_of(_TEXT_FROM)).astype(np.int32)
    return _day_text().take(pa.array(index, mask=missing))


def moment_text(moments: np.ndarray) -> pa.Array:
    """Return ISO 8601 datetimes with the offset of Rome; NONE becomes null."""
    missing = moments == NONE
    known = np.where(missing, 0, moments)
    offset = rome_offset(known)
    local = known + offset
    zone = pa.array(["+01:00", "+02:00"]).take(pa.array((offset == 7200).astype(np.int32)))
    clock = _second_text().take(pa.array((local % DAY).astype(np.int32)))
    days = date_text(np.where(missing, NONE, local // DAY))
    return pc.binary_join_element_wise(days, clock, zone, "")
