"""Whether a territory is late is told by its own calendar: how far apart its exports are, and how long after
they are made."""

import calendar
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from dashboards.access.identity import Standing
from dashboards.access.viewer import EVERYTHING
from dashboards.delivery_calendar import first_due, is_due, last_due, told
from dashboards.i18n import Messages
from dashboards.page_context import PageContext
from dashboards.release import current_release
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


def test_a_month_is_missing_once_the_export_that_holds_it_was_due() -> None:
    quarterly = {"arrivals": sent(3, delay=20), "data_to": date(2026, 12, 31)}
    assert not is_due(quarterly, date(2027, 1, 31), date(2027, 4, 20))
    assert is_due(quarterly, date(2027, 1, 31), date(2027, 4, 21))
    assert is_due({"arrivals": [], "data_to": None}, date(2027, 1, 31), date(2027, 1, 1))


def test_what_was_due_reaches_beyond_the_data_and_who_is_late_longest_is_known() -> None:
    monthly = {"arrivals": sent(1)[:21], "data_to": date(2026, 9, 30)}
    quarterly = {"arrivals": sent(3, delay=20), "data_to": date(2026, 12, 31)}
    unknown = {"arrivals": [], "data_to": None}
    today = date(2026, 12, 25)
    assert last_due([monthly, unknown], date(2026, 9, 30), today) == date(2026, 11, 30)
    assert last_due([quarterly], date(2026, 12, 31), today) == date(2026, 12, 31)
    first = first_due(monthly, today)
    assert first is not None and date(2026, 10, 31) <= first < today
    assert first_due(quarterly, today) is None and first_due(unknown, today) is None


def test_up_to_date_ends_when_the_next_export_does_not_come(shelf: Path) -> None:
    """Nothing changes in the data: only the day on which the page is read."""
    release, signed_in = current_release(shelf / "ordinary"), Standing("in", (EVERYTHING,))
    context = PageContext(Messages("en"), EVERYTHING, signed_in, "light", release, None, False, TODAY)
    row = {"arrivals": sent(1)[:21], "data_to": date(2026, 9, 30)}
    state, text, notice = told(context, row)
    assert (state, notice) == ("current", "") and text.startswith("up to date")
    state, text, notice = told(replace(context, today=date(2026, 12, 25)), row)
    assert state == "late" and text.startswith("2 exports are missing")
    assert "2 exports are missing. The first was due by" in notice
    assert told(context, {"arrivals": [], "data_to": None})[0] == "late"
    assert told(context, {"arrivals": sent(1)[:1], "data_to": date(2025, 1, 31)})[0] == "unknown"


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
