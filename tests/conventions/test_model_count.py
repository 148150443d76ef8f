"""The warehouse has few models, and each has more than one reader, or says why it stands apart."""

import json
from collections import defaultdict

import pytest

from core.settings import Settings
from orchestration.registry_macro import read_registry
from orchestration.warehouse import Warehouse
from tests.support.parsed_project import put_parsed_project

# The last are quality_score and its two steps: no indicator, they judge the source of every one.
MOST = 135
# It reads every cube for the registry: who reads a cube is each indicator whose figures name it.
FIGURES = "int_indicator__figures"
# Read from outside of the project.
PUBLISHED = ("marts", "quality")
REASONS = {
    # A statistic of its own kind: beside others it would share neither rows nor columns with them.
    "cube_concentration": "an index over bodies, which are no column of other cells",
    "cube_equity": "compares rates of several cubes, and comes after them",
    "cube_first_time": "a person is new in the network, not in the scope: no other cell looks back so",
    "cube_grant_target": "one row per target and period, its state worked out from what came before",
    "cube_payment": "the only cells of payments",
    "cube_target_coverage": "divides by residents of an age band",
    "int_grant__states": "what is judged of each grant at each period's end, before it is added up",
    "int_grant_target__reached": "what a target counts, day by day; has an example of its own",
    # Steps that would make their reader too long to read.
    "int_comparison__expected_persons": "standardises by sex and age, a subject of its own",
    "int_comparison__inputs": "what is compared, apart from how; has an example of its own",
    "int_indicator__figures": "the registry executed; the worked examples of all indicators stand on it",
    "int_export__timeliness": "when an export was due by its instance's own calendar, a subject of its own",
    "int_record__quality": "counts records of six facts, for one reader that would be too long with it",
    "int_record__likeness": "what tells two records apart, for two flags",
    "int_scope__coverage": "which instances count for what, a subject of its own",
    # Kept between builds.
    "int_reference__missing": "incremental, by instance",
    "int_person__subject_merge": "a release is built again with the pairs that its build knew",
    # Every entity of the contract has its staging model.
    "stg_household": "nothing but references is told of it",
    "stg_household_member": "nothing but references is told of it",
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """Every model's node of the manifest, by name."""
    settings = Settings(home=tmp_path_factory.mktemp("parsed"))
    put_parsed_project(settings.vetro_home)
    manifest = Warehouse(settings).manifest()
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


def readers_of_cubes() -> dict[str, set[str]]:
    """The indicators whose figures name a cube, by the cube's model."""
    found = defaultdict(set)
    for indicator, entry in read_registry().items():
        for figure in entry["figures"]:
            found[f"cube_{figure['cube']}"].add(indicator)
    return found


def readers(models: dict[str, dict]) -> dict[str, set[str]]:
    """Who reads each model: models by name, and of a cube the indicators."""
    found = defaultdict(set, readers_of_cubes())
    for name, node in models.items():
        for needed in node["depends_on"]["nodes"]:
            needed = needed.rpartition(".")[2]
            if name != FIGURES or not needed.startswith("cube_"):
                found[needed].add(name)
    return found


def test_there_are_few_models(models: dict[str, dict]) -> None:
    assert len(models) <= MOST, f"{len(models)} models: fold those that one other alone reads"


def test_a_model_has_more_than_one_reader_or_a_reason(models: dict[str, dict]) -> None:
    by_model = readers(models)
    unread = [
        name
        for name, node in models.items()
        if node["fqn"][1] not in PUBLISHED and len(by_model[name]) < 2 and name not in REASONS
    ]
    assert not unread, f"fold into their only reader, or say why not: {', '.join(sorted(unread))}"


def test_no_reason_is_stale(models: dict[str, dict]) -> None:
    by_model = readers(models)
    stale = [name for name in REASONS if name not in models or len(by_model[name]) > 1]
    assert not stale, f"gone, or read by more than one by now: {', '.join(sorted(stale))}"


def test_every_cube_is_read(models: dict[str, dict]) -> None:
    by_model = readers(models)
    unknown = sorted(set(readers_of_cubes()) - set(models))
    assert not unknown, f"the registry names what is no cube: {', '.join(unknown)}"
    idle = [name for name, node in models.items() if node["fqn"][1] == "cubes" and not by_model[name]]
    assert not idle, f"cubes that nothing reads: {', '.join(idle)}"
