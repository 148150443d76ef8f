"""Every measure has its hard cases in a generated network, and what must always hold does."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from tests.second_computation.cells import Figure
from tests.second_computation.comparison import compare
from tests.second_computation.funnels import STAGES, stage_counts
from tests.second_computation.further_network import all_figures
from tests.second_computation.grant_warnings import warnings
from tests.second_computation.pillars import COMBINATIONS
from tests.second_computation.reporting import FullKey, Reporting
from tests.second_computation.whole_network import SecondComputation, compute
from tests.support.network import Knobs, build_network

REGISTRY = Path(__file__).resolve().parents[2] / "dbt_project" / "indicators.yaml"
SOURCES = {"MUNICIPALITY", "SSN", "USER", "FOUNDATION", "REGION_STATE", "EMPLOYER", "UNALLOCATED"}


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> SecondComputation:
    network = build_network(tmp_path_factory.mktemp("network"), Knobs(seed=4, territories=2, months=5))
    return compute(network.exports, network.instances_file)


@pytest.fixture(scope="module")
def figures(computed: SecondComputation) -> dict[FullKey, Figure]:
    exports = [accepted.export for accepted in computed.loading.accepted]
    accepted_on: dict[str, date] = {
        export.export_id: export.period_to + timedelta(days=4) for export in exports
    }
    return all_figures(computed, accepted_on)


def cells_of(figures: dict[FullKey, Figure], indicator: str) -> dict[FullKey, Figure]:
    return {key: figure for key, figure in figures.items() if key[0] == indicator}


def test_every_indicator_of_the_registry_is_computed_at_every_scope(figures: dict[FullKey, Figure]) -> None:
    registry = yaml.safe_load(REGISTRY.read_text(encoding="utf-8"))
    declared = {
        (entry["id"], scope)
        for entries in registry.values()
        for entry in entries
        for scope in entry["scopes"]
    }
    assert declared - {(key[0], key[1]) for key in figures} == set()


@pytest.mark.parametrize(
    ("indicator", "status"),
    [
        ("waiting_persons", "not_applicable"),
        ("waiting_persons", "ok"),
        ("waiting_over_90", "ok"),
        ("wait_to_payment_p90", "not_reached"),
        ("time_elapsed", "denominator_missing"),
        ("budget_reported", "denominator_missing"),
        ("target_progress", "not_applicable"),
        ("target_progress", "denominator_missing"),
        ("unit_cost_std", "ok"),
        ("equity_gap", "denominator_missing"),
        ("caseload", "ok"),
    ],
)
def test_figures_of_every_status_occur(figures: dict[FullKey, Figure], indicator: str, status: str) -> None:
    assert status in {figure.status for figure in cells_of(figures, indicator).values()}


@pytest.mark.parametrize(
    "indicator",
    [
        "double_claimed",
        "out_of_window",
        "waiting_over_90",
        "decided_in_term",
        "voucher_never_used",
        "outcome_coverage",
    ],
)
def test_figures_that_are_mostly_nothing_are_something_somewhere(
    figures: dict[FullKey, Figure], indicator: str
) -> None:
    assert any(figure.numerator for figure in cells_of(figures, indicator).values())


def test_money_comes_from_every_source_and_the_parts_are_the_whole(figures: dict[FullKey, Figure]) -> None:
    parts: dict[tuple, dict[str, Decimal]] = defaultdict(dict)
    wholes: dict[tuple, set] = defaultdict(set)
    for key, figure in cells_of(figures, "source_mix").items():
        cell = (*key[1:3], *key[4:])
        parts[cell][key[3]] = figure.numerator or Decimal(0)
        wholes[cell].add(figure.denominator)
    assert all(part.keys() == SOURCES for part in parts.values())
    assert {item for part in parts.values() for item, amount in part.items() if amount} == SOURCES
    assert all({sum(part.values())} == wholes[cell] for cell, part in parts.items())


def test_people_stand_on_every_combination_of_pillars(figures: dict[FullKey, Figure]) -> None:
    found = {key[3] for key, figure in cells_of(figures, "persons_by_pillar").items() if figure.numerator}
    assert found == set(COMBINATIONS)


def test_persons_of_groups_are_never_more_than_all(figures: dict[FullKey, Figure]) -> None:
    served = cells_of(figures, "persons_served")
    by_sex: dict[FullKey, Decimal] = defaultdict(Decimal)
    for key, figure in served.items():
        if key[7] in {"F", "M"}:
            by_sex[(*key[:7], "ALL")] += figure.numerator or 0
    assert by_sex
    assert all(n <= (served[key].numerator or 0) for key, n in by_sex.items())


def test_every_stage_and_exit_is_somebodys_and_none_is_lost(computed: SecondComputation) -> None:
    cohorts: dict[tuple, dict[str, int]] = defaultdict(dict)
    for key, stage in stage_counts(computed.network):
        cohorts[key[:-1]][key[-1]] = stage.n
    for funnel, (steps, exits) in STAGES.items():
        own = {key: stages for key, stages in cohorts.items() if key[0] == funnel}
        reached = {stage for stages in own.values() for stage, n in stages.items() if n}
        assert reached >= {*steps, *exits}, funnel
        for stages in own.values():
            counts = [stages[step] for step in steps]
            assert counts == sorted(counts, reverse=True)
            assert counts[0] == counts[-1] + sum(stages[each] for each in exits)


def test_every_kind_of_warning_is_given(computed: SecondComputation) -> None:
    assert {(kind, detail) for _, kind, detail, _, _ in warnings(computed.network)} >= {
        ("double_claimed", "claimed_elsewhere"),
        ("out_of_window", "before_start"),
        ("out_of_window", "after_end"),
        ("without_receipt", "no_doc_ref"),
        ("over_budget", "STAFF"),
    }


def test_some_figures_have_fewer_instances_than_expected_and_a_year_before(
    computed: SecondComputation, figures: dict[FullKey, Figure]
) -> None:
    beside = Reporting(computed.network).beside(figures).values()
    assert any(0 < each.n_instances < each.n_instances_expected for each in beside)
    assert any(each.previous_value is not None for each in beside)
    assert any(each.data_to is None for each in beside)


def test_instances_are_inside_their_limits_or_too_small(
    computed: SecondComputation, figures: dict[FullKey, Figure]
) -> None:
    rows = compare(computed, figures).values()
    assert {row.position for row in rows} >= {"inside", "too_small"}
    assert all(row.lo998 <= row.lo95 <= row.hi95 <= row.hi998 for row in rows if row.lo95 is not None)
