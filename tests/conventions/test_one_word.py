"""One concept, one word, from the contract to the marts: every entity and every model has all its stops."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from ingestion.contract.schema import load_contract

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
MODELS = PROJECT / "models"
REFERENCE = re.compile(r"ref\(\s*'(\w+)'\s*\)")
LAYERS = {
    "staging": "stg_",
    "intermediate": "int_",
    "contributions": "contribution_",
    "cubes": ("cube_", "curve_"),
    "marts": ("dim_", "fct_", "bridge_", ""),
    "quality": "",
}
# Records name them, and no more is told of them: int_reference__missing reads them with every entity.
ONLY_POINTED_TO = {"household", "household_member"}


def entities() -> list[str]:
    return sorted(load_contract().entities)


def model_files() -> list[Path]:
    return sorted(MODELS.rglob("*.sql"))


@cache
def properties() -> dict[str, tuple[Path, dict]]:
    """Every model's entry in the YAML files beside the models."""
    found = {}
    for path in sorted(MODELS.rglob("*.yml")):
        for entry in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("models", []):
            found[entry["name"]] = (path, entry)
    return found


@pytest.mark.parametrize("entity", entities())
def test_an_entity_of_the_contract_has_all_its_stops(entity: str) -> None:
    names = {path.stem for path in model_files()}
    assert f"stg_{entity}" in names, f"models/staging/stg_{entity}.sql is missing: write it, and its .yml"
    assert f"stg_{entity}" in properties(), f"stg_{entity} is not described in a .yml"
    beyond = {f"fct_{entity}", f"dim_{entity}"} & names or {
        path.stem
        for path in model_files()
        if f"stg_{entity}" in REFERENCE.findall(path.read_text(encoding="utf-8"))
        and not path.is_relative_to(MODELS / "staging")
    }
    assert beyond or entity in ONLY_POINTED_TO, (
        f"nothing after staging is named for {entity} or reads it: "
        f"fct_{entity}, dim_{entity} or ref('stg_{entity}')"
    )


def test_in_italian_a_release_is_a_rilascio() -> None:
    # What publishes is the package; what it makes has one name, on pages and in sentences.
    packages = [
        PROJECT.parent / package
        for package in ("ingestion", "quality", "publication", "dashboards", "orchestration")
    ]
    texts = [
        path for package in packages for kind in ("*.py", "*.yaml", "*.html") for path in package.rglob(kind)
    ]
    assert len(texts) > 100
    wrong = [path.name for path in texts if "pubblicazion" in path.read_text(encoding="utf-8").lower()]
    assert not wrong, f"write 'rilascio': {', '.join(wrong)}"


def test_every_model_says_its_grain_first() -> None:
    assert model_files(), "no models found: the project has moved"
    wrong = []
    for path in model_files():
        _, entry = properties().get(path.stem, (None, {}))
        if not str(entry.get("description", "")).startswith(("One row per ", "One row: ")):
            wrong.append(path.stem)
    assert not wrong, f"no description that begins with 'One row per': {', '.join(wrong)}"


def test_every_described_model_exists() -> None:
    names = {path.stem for path in model_files()}
    gone = set(properties()) - names
    assert not gone, f"no .sql of that name: take the description away: {', '.join(sorted(gone))}"


def test_every_mart_column_is_described() -> None:
    silent = [
        f"{name}.{column['name']}"
        for name, (path, entry) in properties().items()
        if path.is_relative_to(MODELS / "marts") or path.is_relative_to(MODELS / "quality")
        for column in entry.get("columns", [])
        if not column.get("description")
    ]
    assert not silent, f"columns without a description: {', '.join(silent[:20])}"


def test_no_description_only_repeats_the_name() -> None:
    repeating = [
        f"{name}.{column['name']}"
        for name, (_, entry) in properties().items()
        for column in entry.get("columns", [])
        if column.get("description", "").strip().lower() == column["name"].replace("_", " ")
    ]
    assert not repeating, f"say what they hold: {', '.join(repeating[:20])}"


def test_a_model_is_named_for_its_layer() -> None:
    wrong = [
        str(path.relative_to(MODELS))
        for path in model_files()
        if not path.stem.startswith(LAYERS[path.relative_to(MODELS).parts[0]])
    ]
    assert not wrong, f"begin the name as its layer does ({LAYERS}), or move it: {', '.join(wrong)}"


def test_a_layer_never_reads_a_later_one() -> None:
    """Figures come last: what leads to them may read facts, dimensions and the log, no figure."""
    layer_of = {path.stem: path.relative_to(MODELS).parts[0] for path in model_files()}
    before_figures = {"staging", "intermediate", "contributions", "cubes", "quality"}
    wrong = []
    for path in model_files():
        layer = layer_of[path.stem]
        for name in REFERENCE.findall(path.read_text(encoding="utf-8")):
            of = layer_of.get(name, "nowhere")
            fact = of == "marts" and name.startswith(("dim_", "fct_", "bridge_"))
            if layer == "staging" and of != "staging":
                wrong.append(f"{path.stem} reads {name}")
            if layer in ("intermediate", "contributions", "cubes") and not (fact or of in before_figures):
                wrong.append(f"{path.stem} reads {name}")
    assert not wrong, "read a model of the same layer or of one before it:\n" + "\n".join(wrong)
