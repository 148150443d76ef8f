"""What a year may stand beside: whole years of the same exports; and no zero where nobody sent anything."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dashboards import queries, territories
from dashboards.access.identity import Standing
from dashboards.access.viewer import EVERYTHING, ViewerDatabase
from dashboards.i18n import Messages
from dashboards.page_context import PageContext
from dashboards.release import current_release
from tests.support.pages import Open
from tests.support.release import build_release

IT = Messages("it")
WHOLE = (date(2025, 1, 1), date(2025, 12, 31))
TODAY = date(2026, 10, 20)


def sent_from(folder: Path, first_day: str) -> str:
    """Build a release whose exports begin on a day, with no money of Rho in 2024; return where it stands."""
    release = build_release(folder)
    with duckdb.connect(str(release / "private" / "casa-di-vetro.duckdb")) as c:
        c.execute(f"update marts.dim_instance set first_period_from = date '{first_day}'")
        c.execute(
            "delete from marts.indicator_value where scope_id = 'rho' and period_start < date '2024-10-01'"
            " and indicator_id = 'spend_delivered'"
        )
    return str(folder)


@pytest.fixture
def begun_late(tmp_path: Path) -> str:
    return sent_from(tmp_path / "late", "2024-10-01")


def test_two_whole_years_of_the_same_exports_stand_side_by_side(open_page: Open) -> None:
    found = open_page("territory", territory="rho", year="2025")
    assert "nel 2024:" in found.text
    assert IT("bars.tick.year", year=2024) in found.text
    assert "cdv-bar-tick" in found.html
    assert "Nessun confronto" not in found.text


def test_a_year_of_three_months_is_never_the_year_before(open_page: Open, begun_late: str) -> None:
    for page, subject in (("territory", {"territory": "rho"}), ("provider", {}), ("foundation", {})):
        found = open_page(page, begun_late, year="2025", **subject)
        assert "nel 2024:" not in found.text
        assert "cdv-bar-tick" not in found.html
        assert (
            "Nessun confronto con il 2024: gli invii cominciano il 1°\u00a0ottobre\u00a02024." in found.text
        )


def test_an_open_year_stands_beside_no_other(open_page: Open) -> None:
    found = open_page("territory", territory="rho", year="2026")
    assert "nel 2025:" not in found.text
    assert (
        "Nessun confronto con il 2025: i dati del 2026 arrivano al 30\u00a0settembre\u00a02026." in found.text
    )


def test_a_year_that_begins_late_says_from_when(open_page: Open, begun_late: str) -> None:
    text = open_page("territory", begun_late, territory="rho", year="2024").text
    assert "2024, dal 1°\u00a0ottobre\u00a02024" in text
    assert "l'anno non è intero" in text
    assert "Nessun confronto: il 2023 non è stato inviato." in text


def test_where_nobody_sent_anything_there_is_no_zero(
    open_page: Open, begun_late: str, tmp_path: Path
) -> None:
    def money(releases: str) -> str:
        release, signed_in = current_release(Path(releases)), Standing("in", (EVERYTHING,))
        context = PageContext(Messages("it"), EVERYTHING, signed_in, "light", release, None, False, TODAY)
        rho = territories.own(context, {"instance_id": "rho"})
        return rho.figure(context.indicators["spend_delivered"], "year", date(2024, 1, 1)).mark

    assert money(begun_late) == "zero", "of a year that was sent in part, no row means zero"
    later = sent_from(tmp_path / "later", "2025-01-01")
    assert money(later) == "missing"
    text = open_page("territory", later, territory="rho", year="2024").text
    assert "2024: nessun invio copre questo periodo" in text


def test_first_time_people_carry_their_caveat(open_page: Open) -> None:
    text = open_page("territory", territory="rho").text
    assert IT("territory.people.caveat", day="1°\u00a0gennaio\u00a02024") in text


def test_coverage_of_one_territory_is_its_own(private: ViewerDatabase) -> None:
    late = queries.coverage(private, date(2026, 9, 1), date(2026, 9, 30), ("trapani",))
    assert (late["reporting"], late["covering"], late["sending"]) == (0, [], [])
    one = queries.coverage(private, *WHOLE, ("rho",))
    assert (one["covering"], one["begins"]) == (["rho"], date(2024, 1, 1))
    assert len(queries.coverage(private, *WHOLE)["covering"]) == 13
