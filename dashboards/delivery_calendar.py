"""Whether a territory is late by its own calendar, in words: its exports, as a release tells them, arrive; a
state and its sentence leave. What that calendar is does not belong here (`core.sending_habit`).
"""

from datetime import date

from core.presentation import formatting
from core.presentation.formatting import rome_day
from core.sending_habit import Habit, habit, late
from dashboards import queries
from dashboards.page_context import PageContext


def habit_of(row: queries.Row) -> Habit | None:
    """Return how a territory sends, or None where too few exports tell. row -- of `queries.freshness`."""
    return habit(
        (one["period_to"], rome_day(one["created"]) if one["created"] else one["period_to"])
        for one in row["arrivals"]
    )


def is_due(row: queries.Row, day: date, today: date) -> bool:
    """Tell whether the export that holds a day was due before today; also where no habit is known.
    row -- of `queries.freshness`.
    """
    sends, end = habit_of(row), row["data_to"]
    if sends is None or end is None:
        return True
    while end < day:
        end = sends.following(end)
    return sends.due(end) < today


def first_due(row: queries.Row, today: date) -> date | None:
    """Return the day on which the first export that has not come was due; None where none is late, or no
    habit is known. row -- of `queries.freshness`.
    """
    sends = habit_of(row)
    found = late(row["data_to"], sends, today) if sends is not None and row["data_to"] is not None else None
    return found.due if found else None


def last_due(known: list[queries.Row], as_of: date, today: date) -> date:
    """Return the last day up to which the exports of any territory were due before today, by its own
    calendar, or that of the data (`as_of`) where that is later. known -- of `queries.freshness`.
    """
    until = as_of
    for row in known:
        sends, end = habit_of(row), row["data_to"]
        while sends is not None and end is not None and sends.due(sends.following(end)) < today:
            end = sends.following(end)
            until = max(until, end)
    return until


def told(context: PageContext, row: queries.Row) -> tuple[str, str, str]:
    """Return the state of a territory's data (current, late or unknown), its short words, and its sentence
    (nothing where nothing is late). row -- of `queries.freshness`."""
    messages, lang, sends = context.messages, context.lang, habit_of(row)
    if row["data_to"] is None:
        return "late", messages("freshness.never"), ""
    if sends is None:
        return "unknown", messages("freshness.unknown"), ""
    found = late(row["data_to"], sends, context.today)
    if found is None:
        following = sends.following(row["data_to"])
        days = {
            "end": formatting.day(following, lang),
            "due": formatting.day(sends.due(following), lang),
        }
        return "current", messages("freshness.current", **days), ""
    places = {
        "n": messages.count(found.n),
        "day": formatting.day(row["data_to"], lang),
        "end": formatting.day(found.end, lang),
        "month": formatting.month_name(found.end.month, lang),
        "due": formatting.day(found.due, lang),
    }
    which = "many" if found.n > 1 else "month" if sends.months == 1 else "period"
    return "late", messages("freshness.late", **places), messages(f"notice.stale.{which}", **places)
