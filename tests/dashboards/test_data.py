"""What the pages read: protected numbers stay in the database, money stays exact, the rest
is counted right.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dashboards import data, received
from dashboards.figures import MARKS
from dashboards.site.published_release import PublishedRelease
from tests.support.built_marts import put
from tests.support.built_release import DATABASE, copy_emptied_release
from tests.support.release import build_release
from tests.support.release_figures import AS_OF, FUNDERS, LATE, NOT_COLLECTING, SMALL, TERRITORIES

FUNDER = next(iter(FUNDERS))
YEAR = date(2025, 1, 1)


def test_the_release_to_look_at_has_all_six_marks(private: str) -> None:
    found = data.figures(
        private, ("wait_to_service_p50", "persons_served"), "instance", None, "year", protected=True
    )
    found += data.figures(private, ("persons_served",), "instance", None, "year", area="EACH", protected=True)
    assert {f.mark for f in found} >= set(MARKS) - {"zero", "not_applicable"}


def test_a_protected_number_does_not_leave_the_database(private: str) -> None:
    own, protected = (
        data.figures(
            private,
            ("persons_served",),
            "instance",
            SMALL,
            "year",
            area="EACH",
            period_start=YEAR,
            protected=p,
        )
        for p in (False, True)
    )
    hidden = [f for f in protected if f.mark == "suppressed"]
    assert hidden
    for figure in hidden:
        assert (figure.numerator, figure.denominator, figure.value, figure.ci_low) == (None, None, None, None)
        inside = next(f for f in own if f.area == figure.area)
        assert inside.value is not None and 0 < inside.value < 5


def test_a_cell_that_publication_did_not_judge_is_protected(tmp_path: Path) -> None:
    copy_emptied_release(tmp_path)
    file = tmp_path / "private" / DATABASE
    unjudged = {
        "indicator_id": "persons_served",
        "scope_type": "instance",
        "scope_id": "rho",
        "item": "ALL",
        "area": "ALL",
        "period_type": "year",
        "period_start": YEAR,
        "numerator": 7,
        "value": 7.0,
        "status": "ok",
        "mark": None,
        "population_group": "ALL",
    }
    with duckdb.connect(str(file)) as c:
        put(c, "marts.indicator_value", [unjudged])
    (figure,) = data.figures(str(file), ("persons_served",), "instance", None, "year", protected=True)
    assert (figure.mark, figure.value) == ("suppressed", None)


def test_money_stays_decimal(private: str) -> None:
    (figure,) = data.figures(private, ("spend_delivered",), "instance", "rho", "year", period_start=YEAR)
    assert isinstance(figure.amount, Decimal)
    assert all(
        isinstance(row[a], Decimal)
        for row in data.grants(private, FUNDER, AS_OF)
        for a in ("awarded", "admitted")
    )


def test_a_part_of_the_population_is_never_taken_for_everybody(private: str) -> None:
    found = data.figures(private, ("persons_served",), "instance", None, "year", period_start=YEAR)
    assert len(found) == len(TERRITORIES)
    assert all(f.value > 1 for f in found)


def test_a_status_becomes_its_mark_for_those_who_may_see_everything(private: str) -> None:
    found = data.figures(private, ("wait_to_service_p50",), "instance", None, "year", period_start=YEAR)
    marks = {f.scope_id: f.mark for f in found}
    assert marks[NOT_COLLECTING] == "not_collected"
    assert marks["cosenza"] == "missing"
    assert marks["rho"] == "value"


def test_the_four_amounts_of_an_intervention_are_those_at_the_end_of_the_data(private: str) -> None:
    row = next(r for r in data.grants(private, FUNDER, AS_OF) if r["title"] == "Doposcuola di quartiere")
    assert (row["awarded"], row["disbursed"], row["reported"], row["admitted"], row["residual"]) == (
        Decimal(48_000),
        Decimal(16_800),
        Decimal(15_120),
        Decimal(13_584),
        Decimal(31_200),
    )


def test_to_look_at_holds_what_ends_soon_and_leaves_out_what_is_young_or_closed(private: str) -> None:
    rows = data.grants_to_look_at(private, FUNDER, AS_OF, 0.6, 1.0)
    reasons = {(r["title"], r["reason"]) for r in rows}
    assert ("Lavoro per chi ricomincia", "ending") in reasons
    assert ("Doposcuola di quartiere", "ended") in reasons
    assert ("Doposcuola di quartiere", "followup") in reasons
    assert not {"Nidi aperti", "Casa prima di tutto", "Portierato sociale"} & {title for title, _ in reasons}
    assert not data.grants_to_look_at(private, FUNDER, date(2020, 1, 31), 0.0, 1.0)


def test_sums_by_programme_are_the_sum_of_the_interventions(private: str) -> None:
    for column in ("programme", "acri_sector"):
        groups = data.ledger_by(private, FUNDER, AS_OF, column)
        assert sum(g["awarded"] for g in groups) == sum(
            r["awarded"] for r in data.grants(private, FUNDER, AS_OF)
        )
    with pytest.raises(ValueError, match="not by title"):
        data.ledger_by(private, FUNDER, AS_OF, "title")


def test_coverage_names_who_does_not_reach_the_last_day(private: str) -> None:
    row = data.coverage(private, date(2026, 1, 1), AS_OF)
    assert (row["reporting"], row["expected"], row["missing"]) == (
        len(TERRITORIES) - 1,
        len(TERRITORIES),
        ["Trapani"],
    )
    assert data.coverage(private, YEAR, date(2025, 12, 31))["missing"] is None
    # A year before the first export is not a year in which everybody reports.
    before = data.coverage(private, date(2023, 7, 1), date(2024, 6, 30))
    assert (before["reporting"], before["expected"]) == (0, len(TERRITORIES))


def test_a_refused_export_stands_on_the_first_month_that_is_missing(private: str) -> None:
    rows = received.export_months(private, AS_OF)
    assert len(rows) == 12 * len(TERRITORIES)
    late = {r["month"]: r["state"] for r in rows if r["instance_id"] == LATE}
    assert late[date(2026, 9, 1)] == "refused"
    assert late[date(2026, 8, 1)] == "accepted"
    assert {r["state"] for r in rows if r["instance_id"] != LATE} == {"accepted"}


def test_rows_received_are_loaded_known_or_quarantined(private: str) -> None:
    rows = received.row_counts(private)
    assert rows["received"] == rows["loaded"] + rows["known"] + rows["quarantined"] > 0
    assert sum(r["entries"] for r in received.quarantine(private)) == rows["quarantined"]


def test_every_declared_euro_is_found_again(private: str) -> None:
    rows = received.reconciliation(private)
    assert rows
    for row in rows:
        assert row["gap"] == row["declared"] - row["loaded"] - row["known"] - row["quarantined"] == 0


def test_the_site_reads_no_number_where_the_mark_hides_it(tmp_path: Path) -> None:
    """Nor where the table still holds it, by mistake."""
    public = build_release(tmp_path) / "public"
    with duckdb.connect(str(public / DATABASE)) as c:
        c.execute("update publication.indicator_value set mark = 'suppressed' where scope_id = 'rho'")
        c.execute("update publication.indicator_value set mark = null where scope_id = 'lecco'")
    found = PublishedRelease.read(public).figures
    hidden = [f for f in (*found["instance", "rho"], *found["instance", "lecco"]) if f.mark == "suppressed"]
    assert len(hidden) > 40
    for each in hidden:
        assert (each.numerator, each.denominator, each.value, each.ci_low, each.ci_high) == (None,) * 5


def test_residents_of_a_territory_are_those_of_all_its_comuni(public: str) -> None:
    rho = PublishedRelease.read(Path(public).parent).territories["rho"]
    assert rho.residents == TERRITORIES["rho"][4] + 11_469


def test_a_status_that_cannot_be_read_counts_as_none(tmp_path: Path, shelf: Path) -> None:
    broken = tmp_path / "status.duckdb"
    broken.write_bytes(b"not a database")
    assert received.last_run(broken) is None
    assert received.last_run(tmp_path / "nothing.duckdb") is None
    assert received.last_run(None) is None
    run = received.last_run(shelf / "red.duckdb")
    assert run is not None and run["green"] is False and run["checks"][0]["passed"] is False


def test_a_page_cannot_write_into_a_release(private: str) -> None:
    with pytest.raises(duckdb.Error):
        data.rows(private, "create table marts.intruder as select 1 as a")
