"""Measures of the simulated network are believable: every stage is reached, every wait takes its time."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from simulation.territories import registry
from tests.second_computation.cells import Figure
from tests.second_computation.comparison import compare
from tests.second_computation.curve_points import points
from tests.second_computation.funnels import STAGES, stage_counts
from tests.second_computation.further_network import all_figures
from tests.second_computation.reporting import FullKey
from tests.second_computation.whole_network import SecondComputation, compute

Network = duckdb.DuckDBPyConnection
INDICATORS = Path(__file__).resolve().parents[2] / "dbt_project" / "indicators.yaml"
# Every euro declared is found again, in every territory and month.
ALWAYS_ALIKE = {"reconciliation_gap"}


@pytest.fixture(scope="module")
def measured(smallest: Path, tmp_path_factory: pytest.TempPathFactory) -> SecondComputation:
    file = tmp_path_factory.mktemp("registry") / "instances.yaml"
    file.write_text(yaml.safe_dump({"instances": registry()}), encoding="utf-8")
    return compute(smallest, file)


@pytest.fixture(scope="module")
def figures(measured: SecondComputation) -> dict[FullKey, Figure]:
    accepted_on: dict[str, date] = {
        each.export.export_id: each.export.period_to + timedelta(days=3 + each.export.sequence)
        for each in measured.loading.accepted
    }
    return all_figures(measured, accepted_on)


def test_every_indicator_has_a_value_at_every_scope(figures: dict[FullKey, Figure]) -> None:
    registry = yaml.safe_load(INDICATORS.read_text(encoding="utf-8"))
    declared = {
        (each["id"], scope) for part in registry.values() for each in part for scope in each["scopes"]
    }
    assert declared - {key[:2] for key, figure in figures.items() if figure.value is not None} == set()


def test_no_indicator_says_the_same_everywhere(figures: dict[FullKey, Figure]) -> None:
    values: dict[str, set[float]] = defaultdict(set)
    for key, figure in figures.items():
        if key[1] != "network" and figure.value is not None:
            values[key[0]].add(figure.value)
    assert {indicator for indicator, found in values.items() if len(found) < 3} == ALWAYS_ALIKE


def test_outcomes_are_measured_before_the_last_quarter(figures: dict[FullKey, Figure]) -> None:
    covered = {
        key[6]: figure.value
        for key, figure in figures.items()
        if key[:2] == ("outcome_coverage", "network") and key[5] == "quarter"
    }
    assert any(covered[quarter] for quarter in sorted(covered)[:-1])


def test_territories_are_compared_in_every_measure_and_some_stand_out(
    measured: SecondComputation, figures: dict[FullKey, Figure]
) -> None:
    rows = compare(measured, figures)
    assert {key[0] for key in rows} == {
        "persons_per_1000",
        "acceptance_rate",
        "unmet_share",
        "satisfaction",
        "no_show_rate",
        "spend_municipal_per_resident",
        "unit_cost_std",
        "autonomy_rate",
        "voucher_redemption_rate",
    }
    outside = [key[0] for key, row in rows.items() if row.position.endswith(("95", "998"))]
    assert len(set(outside)) > 1
    assert sum(row.position == "inside" for row in rows.values()) > 5 * len(outside)


def test_no_stage_of_any_funnel_is_empty(measured: SecondComputation) -> None:
    reached: dict[str, set[str]] = defaultdict(set)
    for key, stage in stage_counts(measured.network):
        if key[1] == "network" and stage.n:
            reached[key[0]].add(key[-1])
    for funnel, (steps, _) in STAGES.items():
        assert reached[funnel] >= set(steps)
        # Some drop out, and in more than one way.
        assert len(reached[funnel] - set(steps)) > 1


def test_no_curve_is_flat(measured: SecondComputation) -> None:
    falls: dict[str, list[float]] = defaultdict(list)
    for key, point in points(measured.network):
        if (key[1], key[3], key[4]) == ("network", "ALL", "year") and point.events:
            falls[key[0]].append(point.survival)
    assert {indicator for indicator, shares in falls.items() if len(shares) > 5 and min(shares) < 0.6} == {
        "wait_to_assessment_p50",
        "wait_to_service_p50",
        "wait_to_service_p90",
        "wait_to_decision_p50",
        "wait_to_decision_p90",
        "wait_to_payment_p50",
        "wait_to_payment_p90",
        "award_to_first_payment_p50",
        "claim_to_admission_p50",
        "voucher_first_use_p50",
    }


def test_some_interventions_fall_behind_their_time_and_most_do_not(network: Network) -> None:
    behind, under_way = network.execute(
        """
        with today as (select max(cast(entry_date as date)) as day from grant_line),
        plans as (
            select instance, record_id, cast(amount_deliberated as double) as budget,
                   least(1, (day - cast(starts_on as date))
                       / (cast(ends_on as date) - cast(starts_on as date))) as elapsed
            from now_grant, today where day - cast(starts_on as date) > 150 and status = 'ACTIVE'
        ),
        spent as (
            select instance, grant_id, sum(cast(amount as double)) as reported
            from now_grant_line where line_type = 'EXPENSE_REPORTED' group by all
        )
        select count(*) filter (elapsed - coalesce(reported, 0) / budget > 0.15), count(*)
        from plans left join spent on spent.instance = plans.instance and spent.grant_id = plans.record_id"""
    ).fetchone()
    assert 0.05 * under_way < behind < 0.5 * under_way


def test_few_cost_categories_are_overspent(network: Network) -> None:
    over, whole = network.execute(
        """
        with sums as (
            select instance, grant_id, cost_category,
                   sum(cast(amount as double)) filter (line_type = 'EXPENSE_REPORTED') as reported,
                   sum(cast(amount as double)) filter (line_type = 'BUDGET') as budget
            from now_grant_line group by all having budget > 0
        )
        select count(*) filter (reported > 1.1 * budget), count(*) from sums"""
    ).fetchone()
    assert 0 < over < 0.25 * whole
