"""How a territory sends is read from its exports; late is what was due by that."""

import calendar
from datetime import date, timedelta

import pytest

from core.sending_habit import Habit, Late, habit, late


def sent(months: int, *ends: date, delay: int = 3) -> list[tuple[date, date]]:
    """Exports of periods that end every so many months, or on the days given."""
    ends = ends or tuple(_end(date(2025, 1, 1), k * months) for k in range(1, 24 // months + 1))
    return [(end, end + timedelta(days=delay)) for end in ends]


def _end(first: date, months: int) -> date:
    month = first.month - 2 + months
    year, month = first.year + month // 12, month % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1])


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        (sent(1), Habit(1, 0, 3)),
        (sent(3, delay=20), Habit(3, 0, 20)),
        (sent(1, *(date(2026, 1, 4) + timedelta(days=7 * k) for k in range(9)), delay=1), Habit(0, 7, 1)),
        (sent(1)[:2], None),
        # A correction sent months later does not make the habit late.
        ([*sent(1), (date(2025, 1, 31), date(2026, 9, 1))], Habit(1, 0, 3)),
        ([], None),
    ],
)
def test_a_habit_is_read_from_the_exports(arrivals: list[tuple[date, date]], expected: Habit | None) -> None:
    assert habit(arrivals) == expected


@pytest.mark.parametrize(
    ("sends", "today", "expected"),
    [
        (Habit(1, 0, 3), date(2026, 10, 3), None),
        (Habit(1, 0, 3), date(2026, 10, 4), Late(1, date(2026, 9, 30), date(2026, 10, 3))),
        (Habit(1, 0, 3), date(2026, 12, 10), Late(3, date(2026, 9, 30), date(2026, 10, 3))),
        (Habit(3, 0, 20), date(2026, 12, 10), None),
        (Habit(0, 7, 1), date(2026, 9, 9), Late(1, date(2026, 9, 7), date(2026, 9, 8))),
    ],
)
def test_late_is_what_was_due_by_the_habit(sends: Habit, today: date, expected: Late | None) -> None:
    assert late(date(2026, 8, 31), sends, today) == expected
