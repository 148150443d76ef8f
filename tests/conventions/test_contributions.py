"""Which row counts for which figure is said once: what is published reads what the cubes declare."""

import re
from pathlib import Path

import pytest

from publication.contributions import SOURCE
from publication.cubes import counted, figures_counted, read_declarations, read_registry
from publication.policy import load_policy
from publication.rows import ORGANISATIONS, TARGET_GROUPS
from publication.table_list import PublicTable, load_table_list
from tests.conventions.test_one_word import MODELS, properties

TABLES = load_table_list(load_policy(), ["FAM", *sorted(load_policy().high_areas)])
CALL = re.compile(
    r"\{%-? call (?:running_)?cube\(\s*'(\w+)'(?:,\s*'(\w+)')?(,\s*relation=)?|survival_curve\('(\w+)'"
)


def published(source: str) -> list[tuple[str, PublicTable]]:
    """Every measure of every table with this source."""
    return [(name, table) for table in TABLES.tables if table.source == source for name in table.measures]


@pytest.mark.parametrize(("name", "table"), published("indicator_value"))
def test_a_measure_that_an_indicator_has_is_protected_by_the_rows_of_its_cube(
    name: str, table: PublicTable
) -> None:
    measure = TABLES.measures[name]
    what_to_do = f"{table.name} (docs/how-to/add-a-public-table.md): in {{}} its cube declares no such rows"
    for scope in table.scopes:
        figure = figures_counted(measure.indicator, scope)
        (of,) = figure.contributions
        assert scope in of.scopes, what_to_do.format(scope)
        assert figure.conditions(of) and figure.numerator_of(of), f"no row adds to {name} by itself"
        assert "area" not in measure.dimensions or of.area, what_to_do.format("areas of need")


@pytest.mark.parametrize(("name", "table"), published(TARGET_GROUPS))
def test_a_measure_by_age_and_sex_is_traced_to_the_rows_of_its_mart(name: str, table: PublicTable) -> None:
    (of,) = counted(TARGET_GROUPS)
    assert {"age_band", "sex"} <= of.keys.keys()
    assert set(table.scopes) <= of.scopes.keys()
    assert (
        figures_counted(TABLES.measures[name].indicator, table.scopes[0]).contributions[0].relation
        == of.relation
    )


def test_a_measure_without_an_indicator_is_one_of_the_contributions_of_persons() -> None:
    (column,) = (c for c in properties()[SOURCE][1]["columns"] if c["name"] == "measure")
    (known,) = (test["accepted_values"]["arguments"]["values"] for test in column["data_tests"])
    assert {name for name, _ in published(SOURCE)} == set(known), (
        "the measures of publication/tables.yaml without an indicator are the accepted_values of "
        "person_contribution.measure: docs/how-to/add-a-public-table.md"
    )
    assert {table.source for table in TABLES.tables} == {"indicator_value", TARGET_GROUPS, SOURCE}


@pytest.mark.parametrize(
    "indicator", [name for name, entry in read_registry().items() if entry["protect"] == "none"]
)
def test_what_is_public_by_law_is_traced_to_rows_or_says_why_not(indicator: str) -> None:
    for scope in read_registry()[indicator]["scopes"]:
        figure = figures_counted(indicator, scope)
        rows = [of for of in figure.contributions if scope in of.scopes and figure.conditions(of)]
        assert bool(rows) != bool(figure.without_rows), scope


def test_contributions_are_models_that_name_their_rows() -> None:
    for model in [*read_declarations(), ORGANISATIONS]:
        for of in counted(model):
            schema, _, name = of.relation.partition(".")
            assert name in properties(), model
            meta = properties()[name][1].get("config", {}).get("meta", {})
            assert schema == "marts" or meta.get("contribution"), name


@pytest.mark.parametrize("path", sorted(MODELS.rglob("*.sql")), ids=lambda path: path.stem)
def test_a_cube_aggregates_what_it_declares(path: Path) -> None:
    """Where its SQL puts rows together, those that are contributions come from counted()."""
    sql = path.read_text(encoding="utf-8")
    for model, part, relation, curve in CALL.findall(sql):
        assert (model or curve) == path.stem
        declared = read_declarations()[path.stem]
        parts = declared.get("parts", {})
        own = declared | parts.get(part, {})
        if not relation:
            assert "contributions" in own, part
            continue
        for name, each in (parts or {"": declared}).items():
            if "contributions" in declared | each and "gives" not in each:
                assert f"counted('{path.stem}'{f', {name!r}' if name else ''})" in sql, name
