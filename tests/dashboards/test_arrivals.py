"""Whether a territory is late is told by its own calendar: how far apart its exports are, and how long after
they are made."""

import calendar
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from dashboards.arrivals import Habit, Late, habit, is_due, late, told
from dashboards.release import current_release
from dashboards.view import View
from dashboards.words import Words
from tests.dashboards.conftest import TODAY
from tests.support.pages import Open
from tests.support.release import build_release


def sent(months: int, *ends: date, delay: int = 3) -> list[dict]:
    """Exports of periods that end every so many months, or on the days given."""
    ends = ends or tuple(_end(date(2025, 1, 1), k * months) for k in range(1, 24 // months + 1))
    return [
        {"period_to": end, "created": datetime.combine(end, datetime.min.time()) + timedelta(days=delay)}
        for end in ends
    ]


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
        ([*sent(1), {"period_to": date(2025, 1, 31), "created": datetime(2026, 9, 1)}], Habit(1, 0, 3)),
        ([], None),
    ],
)
def test_a_habit_is_read_from_the_exports(arrivals: list[dict], expected: Habit | None) -> None:
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


def test_a_month_is_missing_once_the_export_that_holds_it_was_due() -> None:
    quarterly = {"arrivals": sent(3, delay=20), "data_to": date(2026, 12, 31)}
    assert not is_due(quarterly, date(2027, 1, 31), date(2027, 4, 20))
    assert is_due(quarterly, date(2027, 1, 31), date(2027, 4, 21))
    assert is_due({"arrivals": [], "data_to": None}, date(2027, 1, 31), date(2027, 1, 1))


def test_up_to_date_ends_when_the_next_export_does_not_come(shelf: Path) -> None:
    """Nothing changes in the data: only the day on which the page is read."""
    view = View(Words("en"), "light", current_release(shelf / "ordinary"), None, False, TODAY)
    row = {"arrivals": sent(1)[:21], "data_to": date(2026, 9, 30)}
    state, text, notice = told(view, row)
    assert (state, notice) == ("current", "") and text.startswith("up to date")
    state, text, notice = told(replace(view, today=date(2026, 12, 25)), row)
    assert state == "late" and text.startswith("2 exports are missing")
    assert "2 exports are missing. The first was due by" in notice
    assert told(view, {"arrivals": [], "data_to": None})[0] == "late"
    assert told(view, {"arrivals": sent(1)[:1], "data_to": date(2025, 1, 31)})[0] == "unknown"


def test_the_page_of_feeds_tells_each_territory_by_its_own_calendar(open_page: Open, tmp_path: Path) -> None:
    folder = build_release(tmp_path)
    with duckdb.connect(str(folder / "private" / "casa-di-vetro.duckdb")) as c:
        # Lecco sends by the quarter: what the others sent of September it need not have sent.
        c.execute(
            "delete from quality.export_log where instance_id = 'lecco' "
            "and (month(period_to) % 3 <> 0 or period_to > date '2026-06-30')"
        )
        c.execute("update marts.dim_instance set data_to = date '2026-06-30' where instance_id = 'lecco'")
        c.execute(
            "update quality.export_log set created = created + interval 30 day where instance_id = 'lecco'"
        )
    text = open_page("operations", str(tmp_path)).text.replace("\u00a0", " ")
    rows = text[text.index("Fino a quando arrivano i dati") :].split("Scarica")[0]
    late_one, quarterly = rows[rows.index("Trapani") :][:140], rows[rows.index("Lecco") :][:140]
    assert "manca un invio, atteso entro il 3 ottobre 2026" in late_one
    assert "in pari: l'invio fino al 30 settembre 2026" in quarterly
    assert "Invio mancante" not in open_page("territory", str(tmp_path), territory="lecco").text
