"""What the pages read: protected numbers stay in the database, money stays exact, the rest
is counted right.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dashboards import queries
from dashboards.access.viewer import ViewerDatabase
from dashboards.figures import MARKS
from dashboards.site.published_release import PublishedRelease
from tests.support.built_marts import put
from tests.support.built_release import DATABASE, copy_emptied_release
from tests.support.release import build_release
from tests.support.release_figures import AS_OF, FUNDERS, LATE, NOT_COLLECTING, SMALL, TERRITORIES

FUNDER = next(iter(FUNDERS))
YEAR = date(2025, 1, 1)


def test_the_release_to_look_at_has_all_six_marks(private: ViewerDatabase) -> None:
    found = queries.figures(
        private, ("wait_to_service_p50", "persons_served"), "instance", None, "year", protected=True
    )
    found += queries.figures(
        private, ("persons_served",), "instance", None, "year", area="EACH", protected=True
    )
    # What is not visible is so for a viewer: whoever sees all has no such figure.
    assert {f.mark for f in found} >= set(MARKS) - {"zero", "not_applicable", "not_visible"}
    assert all(f.mark != "not_visible" for f in found)


def test_a_protected_number_does_not_leave_the_database(private: ViewerDatabase) -> None:
    own, protected = (
        queries.figures(
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
    (figure,) = queries.figures(
        ViewerDatabase(str(file)), ("persons_served",), "instance", None, "year", protected=True
    )
    assert (figure.mark, figure.value) == ("suppressed", None)


def test_money_stays_decimal(private: ViewerDatabase) -> None:
    (figure,) = queries.figures(private, ("spend_delivered",), "instance", "rho", "year", period_start=YEAR)
    assert isinstance(figure.amount, Decimal)
    assert all(
        isinstance(row[a], Decimal)
        for row in queries.grants(private, FUNDER, AS_OF)
        for a in ("awarded", "admitted")
    )


def test_a_part_of_the_population_is_never_taken_for_everybody(private: ViewerDatabase) -> None:
    found = queries.figures(private, ("persons_served",), "instance", None, "year", period_start=YEAR)
    assert len(found) == len(TERRITORIES)
    assert all(f.value > 1 for f in found)


def test_a_status_becomes_its_mark_for_those_who_may_see_everything(private: ViewerDatabase) -> None:
    found = queries.figures(private, ("wait_to_service_p50",), "instance", None, "year", period_start=YEAR)
    marks = {f.scope_id: f.mark for f in found}
    assert marks[NOT_COLLECTING] == "not_collected"
    assert marks["cosenza"] == "missing"
    assert marks["rho"] == "value"


def test_the_four_amounts_of_an_intervention_are_those_at_the_end_of_the_data(
    private: ViewerDatabase,
) -> None:
    row = next(r for r in queries.grants(private, FUNDER, AS_OF) if r["title"] == "Doposcuola di quartiere")
    assert (row["awarded"], row["disbursed"], row["reported"], row["admitted"], row["residual"]) == (
        Decimal(48_000),
        Decimal(16_800),
        Decimal(15_120),
        Decimal(13_584),
        Decimal(31_200),
    )


def test_to_look_at_holds_what_ends_soon_and_leaves_out_what_is_young_or_closed(
    private: ViewerDatabase,
) -> None:
    rows = queries.grants_to_look_at(private, FUNDER, AS_OF, 0.6, 1.0, 0.05)
    reasons = {(r["title"], one["reason"]) for r in rows for one in r["reasons"]}
    assert ("Lavoro per chi ricomincia", "ending") in reasons
    assert ("Doposcuola di quartiere", "ended") in reasons
    assert ("Doposcuola di quartiere", "followup") in reasons
    assert {r["followup_year"] for r in rows if r["title"] == "Doposcuola di quartiere"} == {2025}
    assert not {"Nidi aperti", "Casa prima di tutto", "Portierato sociale"} & {title for title, _ in reasons}
    assert not queries.grants_to_look_at(private, FUNDER, date(2020, 1, 31), 0.0, 1.0, 0.05)


def test_to_look_at_has_one_row_per_intervention_and_counts_each_euro_once(private: ViewerDatabase) -> None:
    rows = {r["title"]: r for r in queries.grants_to_look_at(private, FUNDER, AS_OF, 0.6, 1.0, 0.05)}
    assert len(rows) == len(queries.grants_to_look_at(private, FUNDER, AS_OF, 0.6, 1.0, 0.05))
    by_time = rows["Doposcuola di quartiere"]
    assert [one["reason"] for one in by_time["reasons"]] == ["ended", "over_budget", "followup"]
    assert by_time["at_stake"] == by_time["residual"] == Decimal(31_200)
    # Over its receipts 15% and over its dates 30% of what was reported: the larger one, not both.
    orti = rows["Orti insieme"]
    amounts = {one["reason"]: one["amount"] for one in orti["reasons"]}
    assert set(amounts) == {"double_claimed", "out_of_window"}
    assert orti["at_stake"] == max(amounts.values()) < orti["residual"]
    assert rows["Custodi sociali"]["at_stake"] == rows["Custodi sociali"]["reasons"][0]["amount"]
    # What is small is for the next report, what is closed cannot be changed.
    assert not {"Vicini di pianerottolo", "Casa prima di tutto"} & set(rows)
    told = queries.grants_past_change(private, FUNDER, AS_OF)
    assert (told["past"], told["ahead"]) == (1, 4)
    order = [row["at_stake"] for row in rows.values()]
    assert order == sorted(order, reverse=True)
    assert {row["all_at_stake"] for row in rows.values()} == {sum(order)}


def test_outcomes_of_an_intervention_are_protected_as_for_the_public(private: ViewerDatabase) -> None:
    found = queries.outcome_changes(private, YEAR, funder=FUNDER)
    assert [r["figure"].mark for r in found] == ["value", "suppressed", "value"]
    hidden = found[1]["figure"]
    assert (hidden.value, hidden.denominator, hidden.ci_low) == (None, None, None)
    promised = queries.grant_targets(private, found[2]["grant_key"], AS_OF)
    assert [(r["mark"], r["reached"], r["is_due"]) for r in promised] == [
        ("value", Decimal(45), True),
        ("suppressed", None, False),
    ]
    states = {r["title"]: r["state"] for r in queries.measured_grants(private, FUNDER, AS_OF, YEAR)}
    assert states["Doposcuola di quartiere"] == "followed" and states["Orti insieme"] == "never"


def test_sums_by_programme_are_the_sum_of_the_interventions(private: ViewerDatabase) -> None:
    for column in ("programme", "acri_sector"):
        groups = queries.ledger_by(private, FUNDER, AS_OF, column)
        assert sum(g["awarded"] for g in groups) == sum(
            r["awarded"] for r in queries.grants(private, FUNDER, AS_OF)
        )
    with pytest.raises(ValueError, match="not by title"):
        queries.ledger_by(private, FUNDER, AS_OF, "title")


def test_coverage_names_who_does_not_reach_the_last_day(private: ViewerDatabase) -> None:
    row = queries.coverage(private, date(2026, 1, 1), AS_OF)
    assert (row["reporting"], row["expected"], row["missing"]) == (
        len(TERRITORIES) - 1,
        len(TERRITORIES),
        ["Trapani"],
    )
    assert queries.coverage(private, YEAR, date(2025, 12, 31))["missing"] == []
    # A year before the first export is not a year in which everybody reports.
    before = queries.coverage(private, date(2023, 7, 1), date(2024, 6, 30))
    assert (before["reporting"], before["expected"]) == (0, len(TERRITORIES))


def test_a_refused_export_stands_on_the_first_month_that_is_missing(private: ViewerDatabase) -> None:
    rows = queries.export_months(private, AS_OF)
    assert len(rows) == 12 * len(TERRITORIES)
    late = {r["month"]: r["state"] for r in rows if r["instance_id"] == LATE}
    assert late[date(2026, 9, 1)] == "refused"
    assert late[date(2026, 8, 1)] == "accepted"
    assert {r["state"] for r in rows if r["instance_id"] != LATE} == {"accepted"}


def test_rows_received_are_loaded_known_or_quarantined(private: ViewerDatabase) -> None:
    rows = queries.row_counts(private)
    assert rows["received"] == rows["loaded"] + rows["known"] + rows["quarantined"] > 0
    assert sum(r["entries"] for r in queries.quarantine(private)) == rows["quarantined"]


def test_every_declared_euro_is_found_again(private: ViewerDatabase) -> None:
    rows = queries.reconciliation(private)
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
    assert queries.last_run(broken) is None
    assert queries.last_run(tmp_path / "nothing.duckdb") is None
    assert queries.last_run(None) is None
    run = queries.last_run(shelf / "red.duckdb")
    assert run is not None and run["green"] is False and run["checks"][0]["passed"] is False


def test_a_page_cannot_write_into_a_release(private: ViewerDatabase) -> None:
    with pytest.raises(duckdb.Error):
        queries.rows(private, "create table marts.intruder as select 1 as a")
