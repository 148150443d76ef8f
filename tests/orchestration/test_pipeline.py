"""`vetro run` in one process: exit codes, what is done again and what is not, what is left behind."""

import dataclasses
import json
import shutil
import time
from pathlib import Path

import duckdb
import pytest

from core.errors import VetroError
from core.settings import Settings
from ingestion.raw.layer import all_committed_exports
from orchestration import change_detection, pipeline, status, warehouse
from publication import release
from tests.support.homes import first_exports, land


@pytest.fixture
def copied(walked: Settings, tmp_path: Path) -> Settings:
    """A copy of the walked home, with times kept, so that nothing in it is new."""
    home = tmp_path / "copy"
    shutil.copytree(walked.vetro_home.root, home, symlinks=True, copy_function=shutil.copy2)
    settings = Settings(home=home)
    return settings


def outcomes(settings: Settings) -> dict[str, str]:
    return {step.name: step.outcome for step in status.read(settings.vetro_home).steps()}


def test_a_run_walks_every_step_and_ends_with_a_current_release(walked: Settings) -> None:
    home = walked.vetro_home
    assert outcomes(walked) == {"ingest": "ok", "build": "ok", "check": "ok", "publish": "ok"}
    assert release.current(home).release_id == home.current_release.resolve().name
    found = status.read(home)
    assert found.gate[0][0] is True
    assert found.release[0][0] == home.current_release.resolve().name
    assert [row[2] for row in found.export] == ["accepted", "accepted"]
    assert {row[0] for row in found.check_result} >= {"landed", "marts", "data_tests"}


def test_an_invented_network_says_so_from_its_exports_to_the_release(walked: Settings) -> None:
    home = walked.vetro_home
    exports = all_committed_exports(home)
    assert all(export.simulated for export in exports)
    invented = sorted({export.instance for export in exports})
    receipts = [json.loads(path.read_text("utf-8")) for path in home.outbox.rglob("*.receipt.json")]
    assert receipts and all(receipt["simulated"] for receipt in receipts)
    report = json.loads((home.quality_report / "report.json").read_text("utf-8"))
    assert report["simulated_instances"] == invented
    page = (home.quality_report / "report.html").read_text("utf-8")
    assert "Dati simulati" in page and "Simulated data" in page
    record = release.read_release(home.current_release.resolve())["simulated"]
    assert (record["whole"], list(record["instances"])) == (True, invented)
    assert "Dati simulati" in (home.current_release / "public" / "README.md").read_text("utf-8")


def test_a_second_run_finds_nothing_new_and_is_quick(copied: Settings) -> None:
    before = copied.vetro_home.status_database.read_bytes()
    clock = time.perf_counter()
    outcome = pipeline.run(copied)
    assert time.perf_counter() - clock < 5
    assert outcome.exit_code == pipeline.DONE
    assert outcome.steps == []
    assert copied.vetro_home.status_database.read_bytes() == before


def test_a_refused_export_exits_1_and_builds_nothing_again(copied: Settings, simulated: Path) -> None:
    second = first_exports(simulated, "rho", 2)[1]
    landed = land(copied.vetro_home, second, "rho")
    next(landed.glob("data/*.csv")).write_text("spoilt\n", encoding="utf-8")
    before = release.current(copied.vetro_home).release_id

    outcome = pipeline.run(copied)

    assert outcome.exit_code == pipeline.REFUSED
    assert [step.name for step in outcome.steps] == ["ingest"]
    assert outcome.release_id == before
    assert pipeline.run(copied).exit_code == pipeline.REFUSED, (
        "a refused export stays refused until it is mended"
    )


def test_a_failed_data_test_keeps_the_last_release(copied: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # Which makes the next run judge what is built already.
    monkeypatch.setattr(change_detection, "code_version", lambda: "another code")
    before = release.current(copied.vetro_home).release_id
    broken = warehouse.NodeOutcome("every_euro_counts_once", "fail", 0.1, failures=3)
    monkeypatch.setattr(warehouse.Warehouse, "test", lambda self, progress=None: [broken])

    outcome = pipeline.run(copied)

    assert outcome.exit_code == pipeline.KEPT
    assert release.current(copied.vetro_home).release_id == before
    assert outcomes(copied)["check"] == "red"
    assert status.read(copied.vetro_home).gate[0][0] is False
    assert "publish" not in {step.name for step in outcome.steps}


def test_a_model_that_fails_keeps_the_last_release(copied: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_detection, "code_version", lambda: "another code")
    broken = warehouse.NodeOutcome("fct_payment", "error", 0.1, message="Conversion Error")
    report = warehouse.BuildReport([broken])
    monkeypatch.setattr(warehouse.Warehouse, "build", lambda self, progress=None: report)
    before = release.current(copied.vetro_home).release_id

    outcome = pipeline.run(copied)

    assert outcome.exit_code == pipeline.KEPT
    assert "build" in outcome.sentence
    assert release.current(copied.vetro_home).release_id == before


def test_an_empty_home_has_no_release_and_says_what_to_do(tmp_path: Path) -> None:
    outcome = pipeline.run(Settings(home=tmp_path))
    assert outcome.exit_code == pipeline.KEPT
    assert "simulate" in outcome.sentence


def test_an_error_outside_the_steps_is_not_passed_over(
    copied: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_detection, "is_settled", lambda *_: False)
    monkeypatch.setattr(change_detection, "is_published", lambda *_: 1 / 0)
    with pytest.raises(VetroError, match="ingest"):
        pipeline.run(copied)


def test_what_a_run_leaves_behind_lies_in_the_home(walked: Settings) -> None:
    home = walked.vetro_home
    for place in (
        home.warehouse,
        home.dbt / "target",
        home.dagster / "history",
        home.quality_report / "report.html",
    ):
        assert place.exists(), place


def test_the_warehouse_is_closed_after_a_run(walked: Settings) -> None:
    with duckdb.connect(str(walked.vetro_home.warehouse)) as connection:
        assert connection.sql("select count(*) from marts.indicator_value").fetchone()[0] > 0


def test_the_metadata_of_dagster_hold_counts_and_names_only(walked: Settings, simulated: Path) -> None:
    """No record id, pseudonym or identifier of any person of the exports is in Dagster's own files."""
    home = walked.vetro_home
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select record_id, id_pseudonym from read_parquet($people)",
            {"people": str(home.raw / "instance=*" / "export=*" / "person.parquet")},
        ).fetchall()
    told = {value.encode() for row in rows for value in row if value and len(value) > 6}
    assert told
    for path in home.dagster.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(value in content for value in told), path.name


def test_an_outcome_can_be_shown(walked: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    from orchestration import render

    steps = status.read(walked.vetro_home).steps()
    outcome = pipeline.PipelineOutcome(0, "A new release is current.", "some-release", steps)
    render.pipeline(outcome, walked.vetro_home, as_json=False)
    text = capsys.readouterr().out
    assert "A new release is current." in text
    for step in steps:
        assert step.name in text
    assert dataclasses.asdict(outcome)["exit_code"] == 0
