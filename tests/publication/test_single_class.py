"""Where everybody stands in one class the tables do not tell it, and the attack finds it where they do."""

import csv
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from publication import composition
from publication.attack.attacker import ONE_CLASS, attack
from publication.cells import Cell, CellSystem
from publication.composition import Source, compose
from publication.policy import load_policy
from publication.single_class import hide_single_classes
from publication.table_list import load_table_list
from tests.support.published import HIDDEN, Published
from tests.support.warehouse import Size, build_warehouse

NOW = datetime(2026, 10, 1, tzinfo=UTC)
SIZE = Size(instances=4, persons=500, last_day=date(2025, 12, 31), single_area=True)
AREAS = {"area": dict.fromkeys(("ANZ", "DIS", "FAM"), "ALL")}


def areas(tmp_path: Path, cells: dict[str, object]) -> set[str]:
    """The classes that the attack is certain of."""
    shown = {("rho", area): value for area, value in cells.items()}
    shown |= {
        ("network", "ALL"): 500,
        ("network", "ANZ"): 200,
        ("network", "DIS"): 200,
        ("network", "FAM"): 200,
    }
    published = Published(AREAS, {"persons": ["area"]})
    published.table("t", ["territory", "area"], shown)
    return {
        finding.place.split("area=")[1].split()[0]
        for finding in attack(published.write(tmp_path / "r")).findings
        if finding.kind == ONE_CLASS
    }


@pytest.mark.parametrize(
    ("cells", "certain"),
    [
        # In print, all of the whole.
        ({"ALL": 40, "ANZ": 40, "DIS": 0, "FAM": 0}, {"ANZ"}),
        # Persons are distinct: everybody is in ANZ, some in DIS too.
        ({"ALL": 40, "ANZ": 40, "DIS": 12, "FAM": 0}, {"ANZ"}),
        # A zero beside nothing but one hidden class, or a whole that is hidden too.
        ({"ALL": 40, "ANZ": HIDDEN, "DIS": 0, "FAM": 0}, {"ANZ"}),
        ({"ALL": HIDDEN, "ANZ": HIDDEN, "DIS": 0, "FAM": 0}, {"ANZ"}),
        # Either of two may hold them, or both.
        ({"ALL": 40, "ANZ": HIDDEN, "DIS": HIDDEN, "FAM": 0}, set()),
        ({"ALL": 40, "ANZ": 38, "DIS": HIDDEN, "FAM": 0}, set()),
        # Nobody is there, so nothing is told of anybody.
        ({"ALL": 0, "ANZ": 0, "DIS": 0, "FAM": 0}, set()),
    ],
)
def test_the_attack_finds_the_class_of_everybody(tmp_path, cells, certain):
    assert areas(tmp_path, cells) == certain


@pytest.mark.parametrize(
    ("kind", "network", "certain"),
    [
        # All of the network are in ANZ, so whoever is hidden in Rho is too, be they few or all of them.
        ("count", {"ALL": 40, "ANZ": 40, "DIS": 0, "FAM": 0}, True),
        ("amount", {"ALL": 40, "ANZ": 40, "DIS": 0, "FAM": 0}, True),
        # Nobody is in the network, so nobody is in Rho: nothing is told of anybody.
        ("count", {"ALL": 0, "ANZ": 0, "DIS": 0, "FAM": 0}, False),
        ("amount", {"ALL": 0, "ANZ": 0, "DIS": 0, "FAM": 0}, False),
        # Somebody is left in another area.
        ("count", {"ALL": 40, "ANZ": 40, "DIS": 12, "FAM": 0}, False),
    ],
)
def test_a_hidden_whole_in_which_certainly_nobody_stands_tells_no_class(tmp_path, kind, network, certain):
    trees = {**AREAS, "territory": {"rho": "network", "biella": "network"}}
    published = Published(trees, {"persons": ["area", "territory"]} if kind == "count" else {})
    above = {("network", area): value for area, value in network.items()}
    published.table("t", ["territory", "area"], above, kind=kind)
    # A file of its own, in which no zero is in print: a mark may stand for nobody.
    below = {(territory, area): HIDDEN for territory in ("rho", "biella") for area in network}
    published.table("u", ["territory", "area"], below, kind=kind)
    found = [f for f in attack(published.write(tmp_path / "r")).findings if f.kind == ONE_CLASS]
    assert any("area=ANZ" in finding.place and "rho" in finding.place for finding in found) is certain


@pytest.mark.parametrize("everybody", [0, 40])
def test_the_class_of_everybody_is_hidden_and_that_of_nobody_is_not(everybody):
    table_list = load_table_list(load_policy(), ["ANZ", "DIS", "FAM"])
    system = CellSystem(hierarchies=AREAS)
    for area, value in {"ALL": everybody, "ANZ": everybody, "DIS": 0, "FAM": 0}.items():
        at = ("instance:rho", area, "2025", "ALL", "ALL")
        system.add(Cell("persons_served", at, Decimal(value), value, 5))
    assert hide_single_classes(system, table_list, load_policy()) == bool(everybody)
    hidden = sorted(cell.at[1] for cell in system.cells.values() if cell.hidden)
    assert hidden[:1] == (["ANZ"] if everybody else [])
    # One class in which nobody is goes with it.
    assert len(hidden) == (2 if everybody else 0)


def test_a_network_with_one_area_tells_nothing_by_it(tmp_path):
    published = Published({"area": {"ANZ": "ALL"}}, {"persons": ["area"]})
    published.table("t", ["area"], {("ANZ",): 40, ("ALL",): 40})
    assert not attack(published.write(tmp_path / "r")).findings


@pytest.mark.parametrize(
    ("dimension", "tree", "cells", "certain"),
    [
        ("request", dict.fromkeys(("accepted", "refused_other", "open"), "ALL"),
         {"ALL": 12, "accepted": 0, "refused_other": 12, "open": 0}, True),
        ("outcome", dict.fromkeys(("improved", "not_improved"), "ALL"),
         {"ALL": 12, "improved": 0, "not_improved": 12}, True),
        ("stage", {"admitted": "submitted", "funded": "admitted", "unstated": "submitted"},
         {"submitted": 12, "admitted": 0, "funded": 0}, True),
        ("stage", {"admitted": "submitted", "funded": "admitted", "unstated": "submitted"},
         {"submitted": HIDDEN, "admitted": 0, "funded": 0}, True),
        ("stage", {"admitted": "submitted", "funded": "admitted", "unstated": "submitted"},
         {"submitted": 0, "admitted": 0, "funded": 0}, False),
        ("stage", {"admitted": "submitted", "funded": "admitted", "unstated": "submitted",
                   "unstated admitted": "admitted"}, {"submitted": 30, "admitted": 20, "funded": 10}, False),
        ("wait", dict.fromkeys(("up_to_30", "over_30"), "ALL"),
         {"ALL": 12, "up_to_30": 12, "over_30": 0}, False),
    ],
)  # fmt: skip
def test_results_outcomes_and_stages_are_classes_of_persons_and_waits_are_not(
    tmp_path, dimension, tree, cells, certain
):
    published = Published({dimension: tree}, {"persons": [dimension]})
    shown = {(member,): value for member, value in cells.items()}
    published.table("t", [dimension], shown, absent="unknown")
    kinds = {finding.kind for finding in attack(published.write(tmp_path / "r")).findings}
    assert (ONE_CLASS in kinds) is certain


def composed(warehouse: Path, folder: Path) -> Path:
    folder.mkdir()
    compose(folder, Source(warehouse, folder, None, load_policy(), "1"), NOW)
    return folder


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Path:
    return build_warehouse(tmp_path_factory.mktemp("single") / "warehouse.duckdb", SIZE)


@pytest.fixture(scope="module")
def release(warehouse) -> Path:
    return composed(warehouse, warehouse.parent / "release")


def test_the_area_of_everybody_is_hidden_with_one_in_which_nobody_is(release, warehouse):
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        (first,) = connection.execute("select min(instance_id) from marts.dim_instance").fetchone()
        (truth,) = connection.execute(
            "select count(distinct istat_area) from marts.fct_service_delivery where instance_id = ?", [first]
        ).fetchone()
    assert truth == 1
    for name, measure in (
        ("t01_persons_by_territory_and_area", "persons_served"),
        ("t01_persons_by_territory_and_area", "deliveries"),
        ("t05_spending_by_territory_and_area", "spend_delivered"),
        ("t04_persons_by_quarter", "persons_served"),
    ):
        marks: dict[str, list[str]] = {}
        with (release / "public" / "data" / f"{name}.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                if row["territory"] == f"instance:{first}" and row["area"] != "ALL":
                    marks.setdefault(row.get("year") or row["quarter"], []).append(row[f"{measure}_mark"])
        assert marks
        for of_period in marks.values():
            assert "value" not in of_period
            assert of_period.count("suppressed") >= 2, (name, measure)


def test_the_attack_finds_nothing_and_without_that_rule_it_finds_the_area(
    release, warehouse, tmp_path, monkeypatch
):
    assert attack(release).findings == ()
    assert attack(release / "public").findings == ()
    monkeypatch.setattr(composition, "hide_single_classes", lambda *_: 0)
    found = attack(composed(warehouse, tmp_path / "without")).findings
    assert any(f.kind == ONE_CLASS and f.place.startswith("persons_served") for f in found)


def test_money_taken_back_where_nobody_was_served_tells_no_area(tmp_path):
    """Its count is nothing and says nothing of it: the amount has its area hidden by itself."""
    size = Size(instances=4, persons=500, last_day=date(2025, 12, 31), taken_back=True)
    warehouse = build_warehouse(tmp_path / "warehouse.duckdb", size)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        (last,) = connection.execute("select max(instance_id) from marts.dim_instance").fetchone()
    release = composed(warehouse, tmp_path / "release")
    assert attack(release).findings == ()
    assert attack(release / "public").findings == ()
    for name, measure, marks in (
        ("t01_persons_by_territory_and_area", "persons_served", {"zero"}),
        ("t05_spending_by_territory_and_area", "spend_delivered", {"zero", "suppressed"}),
    ):
        with (release / "public" / "data" / f"{name}.csv").open(newline="") as file:
            found = [
                row[f"{measure}_mark"]
                for row in csv.DictReader(file)
                if (row["territory"], row["year"]) == (f"instance:{last}", "2024") and row["area"] != "ALL"
            ]
        assert set(found) == marks
        assert found.count("suppressed") != 1


def test_what_stands_beside_a_hidden_figure_does_not_tell_whether_it_is_nothing(
    release, warehouse, tmp_path, monkeypatch
):
    """The same network but for one hidden cell, in which there is somebody or nobody."""
    database = "public/casa-di-vetro.duckdb"
    with duckdb.connect(str(release / database), read_only=True) as connection:
        (scope, area, start) = connection.execute("""
            select scope_id, area, period_start from publication.indicator_value
            where indicator_id = 'persons_served' and scope_type = 'instance' and mark = 'suppressed'
                and area <> 'ALL' and period_type = 'year' order by all limit 1""").fetchone()
    copy = tmp_path / "warehouse.duckdb"
    shutil.copy(warehouse, copy)
    with duckdb.connect(str(copy)) as connection:
        # The marts have no row where there is nothing.
        removed = connection.execute(
            """delete from marts.indicator_value where scope_type = 'instance' and scope_id = $scope
               and area = $area and period_start = $start and period_type = 'year' returning 1""",
            {"scope": scope, "area": area, "start": start},
        ).fetchall()
    assert removed
    hidden: dict = {}
    real = composition.protect

    def remembered(system, *rest):
        report = real(system, *rest)
        hidden.update({key: cell.reason for key, cell in system.cells.items()})
        return report

    def repeated(system, *_):
        assert any(cell.value == 0 and hidden[key] for key, cell in system.cells.items())
        for key, cell in system.cells.items():
            cell.reason = hidden[key]
        return composition.ProtectionReport(0, 0, 0, 0)

    monkeypatch.setattr(composition, "protect", remembered)
    release = composed(warehouse, tmp_path / "one")
    monkeypatch.setattr(composition, "protect", repeated)
    other = composed(copy, tmp_path / "other")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{release / database}' as one (read_only)")
        connection.execute(f"attach '{other / database}' as two (read_only)")
        tables = [
            table
            for (table,) in connection.execute(
                "select table_name from information_schema.tables where table_catalog = 'one'"
            ).fetchall()
        ]
        for table in tables:
            figures = ("numerator", "denominator", "value", "ci_low", "ci_high", "mark", "status")
            columns = [
                name
                for name, *_ in connection.execute(f"describe one.publication.{table}").fetchall()
                if not name.endswith("_mark")
                and name not in (*figures, "previous_value", "release_id", "amount", "organisations")
                and name not in ("persons_served", "deliveries", "spend_delivered", "attributed")
                and name not in ("persons_asking", "call_applicants", "call_amount", "voucher_money")
                and name != "outcome_pairs"
            ]
            for one, two in (("one", "two"), ("two", "one")):
                listed = ", ".join(columns)
                differ = connection.execute(
                    f"select {listed} from {one}.publication.{table} "
                    f"except all select {listed} from {two}.publication.{table}"
                ).fetchall()
                assert differ == [], table
            file = f"public/data/{table}"
            for suffix in (".csv", ".parquet") if (release / f"{file}.csv").exists() else ():
                # No other row in a file, and nothing else in the columns that say where a figure stands.
                read = "read_csv('{0}', all_varchar = true)" if suffix == ".csv" else "read_parquet('{0}')"
                forms = [read.format(f"{folder / file}{suffix}") for folder in (release, other)]
                for one, two in (forms, reversed(forms)):
                    differ = connection.execute(
                        f"select {listed} from {one} except all select {listed} from {two}"
                    ).fetchall()
                    assert differ == [], (table, suffix)
            if table == "indicator_value":
                assert connection.execute(
                    "select count(*) from one.publication.indicator_value where n_instances is null"
                ).fetchone() == (0,)
