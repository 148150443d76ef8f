"""Wide marts are views: they are read wherever the file of the warehouse goes, and keep their contracts."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from core.settings import Settings
from orchestration.warehouse import Warehouse
from tests.measures.conftest import Measured

VIEW, TABLE = "funder_overview", "dim_month"


@pytest.fixture(scope="module")
def elsewhere(measured: Measured, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The same project on a home that has a copy of the warehouse and nothing else."""
    root = tmp_path_factory.mktemp("elsewhere")
    warehouse = Warehouse(Settings(home=root, memory="1GB", threads=2))
    shutil.copyfile(measured.home.warehouse, warehouse.home.warehouse)
    warehouse.parse()
    return warehouse


def views(connection: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    return [
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "select schema_name, view_name from duckdb_views() where not internal and database_name = ? "
            "order by all",
            [database],
        ).fetchall()
    ]


def contents(path: Path, name: str) -> dict[str, str]:
    """The rows of every view, of the file attached under a name."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as {name} (read_only)")
        return {
            view: connection.execute(
                f"select count(*) || '-' || bit_xor(hash(each)) from {name}.{view} as each"
            ).fetchone()[0]
            for view in views(connection, name)
        }


def test_a_mart_that_only_reads_indicator_value_again_is_a_view(measured: Measured) -> None:
    nodes = json.loads(measured.warehouse.manifest_path.read_text(encoding="utf-8"))["nodes"].values()
    reading_again = {
        node["name"]: node["config"]["materialized"]
        for node in nodes
        if node["resource_type"] == "model"
        and node["fqn"][1] == "marts"
        and "indicator_value" in (needed := [each.rpartition(".")[2] for each in node["depends_on"]["nodes"]])
        and all(each == "indicator_value" or each.startswith(("dim_", "stg_")) for each in needed)
    }
    assert len(reading_again) > 5
    assert set(reading_again.values()) == {"view"}, reading_again


def test_views_are_read_from_a_file_of_any_name_under_any_name(measured: Measured, tmp_path: Path) -> None:
    copied = tmp_path / "copied.duckdb"
    shutil.copyfile(measured.home.warehouse, copied)
    told = contents(measured.home.warehouse, "warehouse")
    assert {f"marts.{VIEW}", "marts.territory_overview", "marts.survival_curve"} <= told.keys()
    assert contents(measured.home.warehouse, "other") == told
    assert contents(copied, "warehouse") == told
    assert contents(copied, "other") == told


def test_views_outlive_the_renewal_of_the_file(measured: Measured, elsewhere: Warehouse) -> None:
    elsewhere.renew_file()
    assert contents(elsewhere.home.warehouse, "renewed") == contents(measured.home.warehouse, "warehouse")


def test_a_view_replaces_a_table_and_a_table_a_view(elsewhere: Warehouse) -> None:
    path = elsewhere.home.warehouse
    with duckdb.connect(str(path)) as connection:
        rows = connection.execute(f"select * from marts.{VIEW} order by all").fetchall()
        connection.execute(f"create table marts.kept as from marts.{VIEW}; drop view marts.{VIEW}")
        connection.execute(f"alter table marts.kept rename to {VIEW}")
        connection.execute(f"drop table marts.{TABLE}; create view marts.{TABLE} as select 1 as one")
    outcome = elsewhere.invoke(["run", "--full-refresh", "--select", VIEW, TABLE])
    assert [str(result.status) for result in outcome.result.results] == ["success", "success"]
    with duckdb.connect(str(path), read_only=True) as connection:
        assert views(connection, path.stem).count(f"marts.{VIEW}") == 1
        assert f"marts.{TABLE}" not in views(connection, path.stem)
        assert connection.execute(f"select * from marts.{VIEW} order by all").fetchall() == rows
        assert connection.execute(f"select count(*) > 1 from marts.{TABLE}").fetchone() == (True,)


def test_a_view_of_other_types_than_its_contract_is_not_made(elsewhere: Warehouse) -> None:
    manifest = elsewhere.invoke(["parse"]).result.deepcopy()
    (node,) = (node for node in manifest.nodes.values() if node.name == VIEW)
    node.columns["paid"].data_type = "double"
    run = ["run", "--full-refresh", "--select", VIEW]
    (result,) = elsewhere.invoke(run, manifest=manifest).result.results
    assert str(result.status) == "error"
    assert "paid" in result.message
    assert "contract" in result.message
