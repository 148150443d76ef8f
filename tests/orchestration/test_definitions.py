"""What Dagster loads: every package as assets and checks, one job, one writer."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
import yaml
from alembic.util.exc import CommandError

from core.settings import Settings
from ingestion.contract.schema import load_contract
from orchestration import build_state, dagster_home
from orchestration.assets import GATES, INDICATORS, RELEASE, TURN
from orchestration.definitions import FETCH_JOB, JOB, build_defs
from orchestration.warehouse import Warehouse
from tests.support.parsed_project import put_parsed_project


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    put_parsed_project(settings.vetro_home)
    return settings


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> dg.Definitions:
    return build_defs(settings)


def test_the_definitions_load_as_the_server_loads_them(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_entity_of_the_contract_is_a_raw_asset_and_feeds_its_staging_model(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    for entity in load_contract().entities:
        raw = dg.AssetKey(["raw", entity])
        assert raw in graph.get_all_asset_keys()
        assert dg.AssetKey(["staging", f"stg_{entity}"]) in graph.get(raw).child_keys


def test_the_release_comes_after_the_indicators_and_their_gates(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert INDICATORS in graph.get(RELEASE).parent_keys
    checks = {key.name: key for key in graph.asset_check_keys if key.asset_key == INDICATORS}
    assert set(GATES) <= set(checks)
    for name in GATES:
        assert graph.get_check_spec(checks[name]).blocking


def test_the_job_takes_everything_in_one_process_with_one_writer(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def(JOB)
    assert job.executor_def is dg.in_process_executor
    assert {node.name for node in job.nodes} == {"ingest", "build", "check", "release__current"}
    assert all(node.definition.required_resource_keys >= {TURN} for node in job.nodes)


def test_the_schedule_follows_the_clock_of_rome(definitions: dg.Definitions) -> None:
    (schedule,) = definitions.schedules
    assert schedule.execution_timezone == "Europe/Rome"
    assert schedule.job_name == JOB


def test_declared_sources_are_looked_at_often(definitions: dg.Definitions, settings: Settings) -> None:
    sources = settings.vetro_home.sources_file
    sources.write_text("sources: {}\n", encoding="utf-8")
    try:
        names = {schedule.name for schedule in build_defs(settings).schedules}
    finally:
        sources.unlink()
    assert names == {FETCH_JOB, *(schedule.name for schedule in definitions.schedules)}


def test_the_landing_sensor_waits_until_an_upload_is_still(
    definitions: dg.Definitions, settings: Settings
) -> None:
    (sensor,) = definitions.sensors
    landing = settings.vetro_home.ensure().landing / "rho" / "rho-1"
    landing.mkdir(parents=True)
    (landing / "datapackage.json").write_text("{", encoding="utf-8")

    def look(cursor: str | None) -> tuple[object, str | None]:
        context = dg.build_sensor_context(cursor=cursor)
        return sensor(context), context.cursor

    first, cursor = look(None)
    assert isinstance(first, dg.SkipReason)
    (landing / "datapackage.json").write_text("{}  ", encoding="utf-8")
    second, cursor = look(cursor)
    assert isinstance(second, dg.SkipReason)
    third, _ = look(cursor)
    assert isinstance(third, dg.RunRequest)


def test_the_home_of_dagster_is_silent_and_whole_before_anybody_opens_it(tmp_path: Path) -> None:
    home = Settings(home=tmp_path).vetro_home
    dagster_home.prepare(home)
    config = yaml.safe_load((home.dagster / "dagster.yaml").read_text(encoding="utf-8"))
    assert config["telemetry"] == {"enabled": False}
    before = {path: path.stat().st_mtime_ns for path in home.dagster.rglob("*.db")}
    assert len(before) == len(dagster_home.DATABASES)
    dagster_home.prepare(home)
    assert {path: path.stat().st_mtime_ns for path in home.dagster.rglob("*.db")} == before


def test_a_storage_that_two_processes_made_at_once_is_mended_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Settings(home=tmp_path).vetro_home
    dagster_home.prepare(home)
    for name in dagster_home.DATABASES:
        with closing(sqlite3.connect(home.dagster / name)) as connection, connection:
            # What Dagster notes where it finds tables without a version: another process is making them.
            connection.execute("insert into alembic_version values ('16e3115a602a')")
    with pytest.raises(CommandError, match="more than one head"):
        dg.DagsterInstance.from_config(str(home.dagster)).run_storage.has_run("none")
    dagster_home.prepare(home)
    assert "history/runs.db" in capsys.readouterr().err
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        assert instance.get_runs() == []
    dagster_home.prepare(home)
    assert capsys.readouterr().err == ""


def test_loading_the_definitions_reads_what_is_kept_and_imports_nothing_heavy(
    definitions: dg.Definitions, settings: Settings
) -> None:
    heavy = ("dbt", "dagster_dbt", "great_expectations", "pandas", "numpy", "pyarrow")
    code = (
        "import sys; from orchestration.definitions import defs\n"
        f"defs(); print([name for name in {heavy!r} if name in sys.modules])"
    )
    variables = {"PATH": os.environ["PATH"], "VETRO_HOME": str(settings.vetro_home.root)}
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=variables, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_a_copy_of_a_home_reads_no_model_again(tmp_path: Path) -> None:
    copy = Settings(home=tmp_path)
    put_parsed_project(copy.vetro_home)
    code = (
        "from core.settings import Settings; from orchestration.warehouse import Warehouse\n"
        "Warehouse(Settings(threads=1, memory='1GB')).parse()"
    )
    variables = {"PATH": os.environ["PATH"], "VETRO_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=variables, check=True)
    manifest = Warehouse(copy).manifest_path
    read = json.loads(manifest.with_name("perf_info.json").read_text(encoding="utf-8"))
    assert (read["path_count"] > 0, read["parsed_path_count"]) == (True, 0)
    assert str(tmp_path) not in manifest.read_text(encoding="utf-8")


def test_a_manifest_is_made_again_when_a_model_changes_and_only_then(
    settings: Settings, definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = []
    answer = SimpleNamespace(result="a manifest")
    monkeypatch.setattr(Warehouse, "invoke", lambda self, command, **_: parsed.append(command) or answer)
    Warehouse(settings).manifest()
    assert parsed == []
    monkeypatch.setattr(build_state, "models_fingerprint", lambda: "other models")
    Warehouse(settings).manifest()
    assert parsed == [["parse"]]
