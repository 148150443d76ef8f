"""The worked example of every indicator: unit tests of dbt expect it, the warehouse computes it for Alba."""

import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from orchestration.registry_macro import read_registry
from tests.measures.conftest import Measured
from tests.measures.worked_territory import FIRST_FUNDER

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
YEAR = ("year", date(2025, 1, 1))
DECEMBER = ("month", date(2025, 12, 1))
ALBA = ("instance", "alba")
FIRST_GRANT = ("grant", "alba:G1")
FUNDER = ("funder", FIRST_FUNDER)
# Where the example is to be looked up; the rest stands at instance scope, item ALL, in the year 2025.
CELLS = {
    "unit_cost": (("service", "alba:S1"), "ALL", YEAR),
    "wait_to_service_p90": (ALBA, "ALL", ("month", date(2025, 6, 1))),
    "outcome_change": (ALBA, "alba:OI", YEAR),
    "cost_per_improved": (FIRST_GRANT, "ALL", YEAR),
    "quarantine_rate": (ALBA, "ALL", ("month", date(2026, 6, 1))),
    "reconciliation_gap": (ALBA, "ALL", ("month", date(2026, 6, 1))),
    "waiting_persons": (ALBA, "ALL", DECEMBER),
    "waiting_over_90": (ALBA, "ALL", DECEMBER),
    "award_to_first_payment_p50": (FUNDER, "ALL", YEAR),
    "claim_to_admission_p50": (FUNDER, "ALL", YEAR),
    "time_elapsed": (FIRST_GRANT, "ALL", ("month", date(2025, 6, 1))),
    "budget_reported": (FIRST_GRANT, "ALL", ("month", date(2025, 6, 1))),
    "schedule_gap": (FIRST_GRANT, "ALL", ("month", date(2025, 6, 1))),
    "residual_at_risk": (FIRST_GRANT, "ALL", ("quarter", date(2025, 7, 1))),
    "budget_variance": (FIRST_GRANT, "GOODS", YEAR),
    "out_of_window": (FIRST_GRANT, "ALL", ("year", date(2026, 1, 1))),
    "double_claimed": (FIRST_GRANT, "ALL", YEAR),
    "without_receipt": (FIRST_GRANT, "ALL", YEAR),
    "target_progress": (FIRST_GRANT, "persons_served", YEAR),
    "cofunding_seen": (FIRST_GRANT, "ALL", YEAR),
    "source_mix": (ALBA, "FOUNDATION", YEAR),
    "unit_cost_std": (ALBA, "D1:HOUR", YEAR),
    "intensity": (ALBA, "D1:HOUR", YEAR),
    "coverage_target": (ALBA, "ANZ_65", YEAR),
    "equity_gap": (ALBA, "acceptance_rate:F", YEAR),
    "persons_by_pillar": (ALBA, "PUB", YEAR),
    "leps_spend": (ALBA, "SAD", YEAR),
    "spend_by_macro_area": (ALBA, "F", YEAR),
    "active_plans": (ALBA, "ALL", DECEMBER),
    "caseload": (ALBA, "ALL", DECEMBER),
    "export_delay": (ALBA, "ALL", ("month", date(2026, 6, 1))),
}


@cache
def entries() -> dict[str, dict]:
    return read_registry()


def stated_value(indicator_id: str) -> tuple[float, float]:
    """The value at the end of the example, and half a unit of its last decimal."""
    stated = re.search(r"= (-?[0-9.]+)$", entries()[indicator_id]["example"])
    assert stated, "the example does not end with its value"
    return float(stated[1]), 0.5 * 10 ** -len(stated[1].partition(".")[2]) + 1e-12


@cache
def unit_tests() -> list[dict]:
    """The unit tests of the dbt project, as written beside the models."""
    files = sorted((PROJECT / "models").rglob("*.yml"))
    return [
        each
        for path in files
        for each in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", [])
    ]


@pytest.mark.parametrize("name", [each["name"] for each in unit_tests()])
def test_a_unit_test_of_dbt_holds(name: str, measured: Measured) -> None:
    status, message = measured.unit_tests[name]
    assert status == "pass", message


@pytest.mark.parametrize("indicator_id", entries())
def test_the_worked_example_is_expected_by_a_unit_test_of_dbt(indicator_id: str) -> None:
    value, half = stated_value(indicator_id)
    expected = [
        row["value"]
        for each in unit_tests()
        for row in each["expect"]["rows"]
        if row.get("indicator_id") == indicator_id and row.get("value") is not None
    ]
    assert any(abs(found - value) <= half for found in expected), expected


@pytest.mark.parametrize("indicator_id", entries())
def test_the_worked_example_is_what_the_warehouse_computes(indicator_id: str, measured: Measured) -> None:
    stated, half = stated_value(indicator_id)
    scope, item, period = CELLS.get(indicator_id, (ALBA, "ALL", YEAR))
    (value,) = measured.one(
        """select value from marts.indicator_value where indicator_id = ? and scope_type = ? and scope_id = ?
           and item = ? and period_type = ? and period_start = ? and area = 'ALL'
           and population_group = 'ALL'""",
        indicator_id, *scope, item, *period,
    )  # fmt: skip
    assert value is not None
    assert abs(value - stated) <= half


@pytest.mark.parametrize("indicator_id", entries())
def test_a_measure_is_described_in_both_languages_with_unit_scopes_and_protection(indicator_id: str) -> None:
    entry = entries()[indicator_id]
    for key in ("it", "en", "unit", "kind", "numerator", "protect"):
        assert isinstance(entry[key], str) and entry[key], key
    assert entry["it"] != entry["en"]
    assert entry["scopes"] and isinstance(entry["area"], bool)
    assert ("ratio" in entry["kind"]) == bool(entry.get("denominator"))


def test_every_measure_has_figures_at_every_scope_it_declares(measured: Measured) -> None:
    found = set(
        measured.connection.execute(
            "select distinct indicator_id, scope_type from marts.indicator_value"
        ).fetchall()
    )
    lacking = [
        (entry["id"], scope)
        for entry in entries().values()
        for scope in entry["scopes"]
        if (entry["id"], scope) not in found and scope != "ats"
    ]
    assert not lacking


def test_a_delivery_of_a_member_counts_for_its_consortium(measured: Measured) -> None:
    from tests.measures.worked_territory import CONSORTIUM

    (value,) = measured.one(
        """select value from marts.indicator_value where indicator_id = 'spend_delivered'
           and scope_type = 'consortium'
           and scope_id = ? and area = 'ALL' and period_type = 'year' and period_start = date '2025-01-01'""",
        CONSORTIUM,
    )
    assert value == 160
