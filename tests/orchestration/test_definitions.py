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

from core.errors import VetroError
from core.settings import Settings
from ingestion.contract.schema import load_contract
from orchestration import build_state, dagster_home
from orchestration.assets import EXPORTS, GATES, INDICATORS, PARTITIONS, RELEASE, TURN
from orchestration.definitions import INSTANCE_JOB, JOB, WAREHOUSE_JOB, build_defs
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


def test_every_data_test_is_a_check_of_a_model_and_no_job_waits_for_it(definitions: dg.Definitions) -> None:
    """A step that waits for the models that its tests read would be skipped with any that did not change."""
    graph = definitions.resolve_asset_graph()
    tests = {key for key in graph.asset_check_keys if not graph.get_check_spec(key).blocking}
    assert len(tests) > 100 and {"marts", "intermediate"} <= {key.asset_key.path[0] for key in tests}
    for name in (JOB, WAREHOUSE_JOB, INSTANCE_JOB):
        assert "test" not in {node.name for node in definitions.resolve_job_def(name).nodes}


def test_instances_are_the_partitions_of_what_arrives(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert graph.get(EXPORTS).partitions_def == dg.DynamicPartitionsDefinition(name=PARTITIONS)
    assert graph.get(EXPORTS).child_keys == {
        dg.AssetKey(["raw", entity]) for entity in load_contract().entities
    }
    assert definitions.resolve_job_def(INSTANCE_JOB).partitions_def == graph.get(EXPORTS).partitions_def
    assert definitions.resolve_job_def(JOB).partitions_def is None


def test_the_schedules_follow_the_clock_of_rome_and_a_calendar_holds_releases_back(
    definitions: dg.Definitions, settings: Settings
) -> None:
    (nightly,) = definitions.schedules
    assert (nightly.execution_timezone, nightly.job_name) == ("Europe/Rome", JOB)
    quarterly = settings.model_copy(update={"release_calendar": "0 6 10 2,5,8,11 *"})
    with_calendar = build_defs(quarterly)
    jobs = {schedule.name: schedule.job_name for schedule in with_calendar.schedules}
    assert jobs == {"nightly": WAREHOUSE_JOB, "release_calendar": JOB}
    nodes = {node.name for node in with_calendar.resolve_job_def(WAREHOUSE_JOB).nodes}
    assert nodes == {"ingest", "build", "check"}
    assert {sensor.job_name for sensor in with_calendar.sensors} >= {WAREHOUSE_JOB}
    with pytest.raises(VetroError, match="no line of cron"):
        build_defs(settings.model_copy(update={"release_calendar": "0 6 40 * *"}))


def test_sources_are_looked_at_as_soon_as_they_are_declared(
    definitions: dg.Definitions, settings: Settings
) -> None:
    (sensor,) = (sensor for sensor in definitions.sensors if sensor.name == "sources")
    assert isinstance(sensor(dg.build_sensor_context()), dg.SkipReason)
    sources = settings.vetro_home.sources_file
    sources.write_text("sources: {}\n", encoding="utf-8")
    try:
        assert isinstance(sensor(dg.build_sensor_context()), dg.RunRequest)
    finally:
        sources.unlink()


def test_what_fails_is_told_to_dagster_without_its_words(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("could not convert 'RSSMRA80A01H501U'")

    monkeypatch.setattr("orchestration.steps.ingest", fails)
    home = Settings(home=tmp_path / "home").vetro_home.ensure()
    dagster_home.prepare(home)
    put_parsed_project(home)
    job = build_defs(Settings(home=home.root)).resolve_job_def(JOB)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        done = job.execute_in_process(instance=instance, raise_on_error=False)
    (failure,) = done.get_step_failure_events()
    assert failure.step_failure_data.user_failure_data.description == "ValueError"
    for path in home.dagster.rglob("*"):
        assert not path.is_file() or b"RSSMRA80A01H501U" not in path.read_bytes()


def test_the_landing_sensor_waits_until_an_upload_is_still(
    definitions: dg.Definitions, settings: Settings
) -> None:
    instance = dg.DagsterInstance.ephemeral()
    (sensor,) = (sensor for sensor in definitions.sensors if sensor.name == "landing_changed")
    landing = settings.vetro_home.ensure().landing / "rho" / "rho-1"
    landing.mkdir(parents=True)
    (landing / "datapackage.json").write_text("{", encoding="utf-8")

    def look(cursor: str | None) -> tuple[object, str | None]:
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
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
