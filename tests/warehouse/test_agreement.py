"""The warehouse and a second, independent computation say the same, cell by cell and row by row."""

from __future__ import annotations

import os
import re
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.second_computation.agreement import disagreements, read_warehouse
from tests.second_computation.export_files import find_exports, read_export
from tests.second_computation.further_agreement import further_disagreements
from tests.second_computation.whole_network import SecondComputation, compute
from tests.support.built_network import BuildingSite
from tests.support.network import GeneratedNetwork, Knobs, build_network, knobs_strategy

DATA_TESTS = Path(__file__).resolve().parents[2] / "dbt_project" / "tests"
IDENTITIES = ("comuni_make_the_network", "consortia_make_their_members")
REFERENCE = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")
SAMPLES = os.environ.get("VETRO_SAMPLES")
# Deliveries dated after the last day covered, in the year in which that day lies.
DATED_AHEAD = Knobs(
    seed=555,
    territories=3,
    months=2,
    deliveries_a_month=43,
    never_sent=(10, 13, 3),
    bad_rows=False,
    full_again=False,
    mixed_formats=False,
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> BuildingSite:
    return BuildingSite(tmp_path_factory.mktemp("home"))


def broken_identities(warehouse: Path) -> list[tuple]:
    """The rows that break an identity of the comuni or of the consortia, as dbt's tests of them find."""
    found = []
    with duckdb.connect(str(warehouse), read_only=True, config={"threads": 2}) as connection:
        for name in IDENTITIES:
            query = REFERENCE.sub(r"marts.\1", (DATA_TESTS / f"{name}.sql").read_text(encoding="utf-8"))
            found += [(name, *row) for row in connection.execute(query).fetchall()]
    return found


def agree(site: BuildingSite, computed: SecondComputation) -> None:
    held = read_warehouse(site.home.warehouse, {key[0] for key in computed.figures})
    differences = disagreements(held, computed)
    differences += further_disagreements(site.home.warehouse, computed)
    assert not differences, "\n".join(differences)
    assert broken_identities(site.home.warehouse) == []


def in_one_go(site: BuildingSite, network: GeneratedNetwork) -> SecondComputation:
    site.clear(network.instances_file)
    statuses = site.receive(find_exports(network.exports))
    computed = compute(network.exports, network.instances_file)
    accepted = {each.export.export_id for each in computed.loading.accepted}
    assert {export_id for export_id, status in statuses.items() if status == "accepted"} == accepted
    return computed


@pytest.mark.timeout(600)
def test_every_figure_of_the_sample_network_is_computed_alike(site: BuildingSite) -> None:
    if not SAMPLES:
        pytest.skip("VETRO_SAMPLES names no folder with the sample network")
    network = Path(SAMPLES) / "network"
    site.clear(network / "instances.yaml")
    site.receive(find_exports(network / "exports"))
    agree(site, compute(network / "exports", network / "instances.yaml"))


@pytest.mark.timeout(600)
def test_every_figure_is_computed_alike_when_exports_come_month_by_month(
    site: BuildingSite, tmp_path: Path
) -> None:
    knobs = Knobs(seed=7, territories=3, months=5, never_sent=(0, 5, 2))
    network = build_network(tmp_path, knobs)
    exports = {path: read_export(path) for path in find_exports(network.exports)}
    site.clear(network.instances_file)
    # The second time, people are erased, history is rewritten, and one territory sends nothing new.
    early = [path for path, export in exports.items() if export.sequence == 1 or export.instance == "biella"]
    site.receive(early)
    site.receive([path for path in exports if path not in early])
    agree(site, compute(network.exports, network.instances_file))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_every_figure_of_a_territory_with_few_people_is_computed_alike(
    site: BuildingSite, tmp_path: Path
) -> None:
    knobs = Knobs(seed=11, territories=2, months=3, deliveries_a_month=6, never_sent=(11, 12))
    agree(site, in_one_go(site, build_network(tmp_path, knobs)))


@pytest.mark.long
@pytest.mark.timeout(0)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(knobs=knobs_strategy())
@example(DATED_AHEAD)
def test_every_figure_of_any_network_is_computed_alike(
    site: BuildingSite, tmp_path_factory: pytest.TempPathFactory, knobs: Knobs
) -> None:
    agree(site, in_one_go(site, build_network(tmp_path_factory.mktemp("network"), knobs)))
