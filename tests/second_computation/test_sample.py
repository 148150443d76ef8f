"""The second computation against figures that a third hand computed from the same definitions."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.second_computation.agreement import COLUMNS, figure_differences
from tests.second_computation.cells import Figure
from tests.second_computation.whole_network import SecondComputation, compute

SAMPLES = os.environ.get("VETRO_SAMPLES")
# Those the expected figures were computed with.
RESIDENTS = {"015182": 51297, "077014": 60124, "096004": 43440, "096002": 3040}


@pytest.fixture(scope="module")
def sample() -> Path:
    if not SAMPLES:
        pytest.skip("VETRO_SAMPLES names no folder with the sample network")
    return Path(SAMPLES) / "network"


@pytest.fixture(scope="module")
def computed(sample: Path) -> SecondComputation:
    return compute(sample / "exports", sample / "instances.yaml", RESIDENTS)


def test_every_expected_cell_is_computed_and_nothing_else_has_content(
    sample: Path, computed: SecondComputation
) -> None:
    expected = {}
    for row in pyarrow.parquet.read_table(sample / "expected_indicator_value.parquet").to_pylist():
        key = tuple(
            row[name] for name in ("indicator_id", "scope_type", "scope_id", "item", "area", "period_type")
        )
        expected[*key, row["period_start"]] = Figure(**{name: row.get(name) for name in COLUMNS})
    # The expected figures carry no intervals, leave out empty cells, and know the first indicators only.
    known = {key[0] for key in expected}
    figures = {
        key: Figure(figure.numerator, figure.denominator, figure.value, figure.n_persons, figure.status)
        for key, figure in computed.figures.items()
        if key in expected or (key[0] in known and (figure.numerator or figure.n_persons))
    }
    assert len(expected) > 60_000
    differences = figure_differences(expected, figures)
    assert not differences, "\n".join(differences)


def test_quarantine_holds_the_expected_rows(sample: Path, computed: SecondComputation) -> None:
    with (sample / "expected_quarantine.csv").open(encoding="utf-8", newline="") as file:
        expected = {tuple(row.values()) for row in csv.DictReader(file)}
    found = {
        (entry.instance, entry.export_id, entry.entity, str(entry.line), entry.code)
        for entry in computed.quarantine
    }
    assert found == expected


def test_an_export_that_comes_twice_is_known(computed: SecondComputation) -> None:
    assert [status for _, status in computed.loading.turned_away] == ["known"]
