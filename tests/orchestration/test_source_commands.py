"""Sources on the command line and in a run: fetched first, told apart, and secrets kept."""

import json
import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.settings import Settings
from ingestion.loading import landing_retention
from orchestration import pipeline, status
from orchestration.cli import app
from orchestration.definitions import fetch_sources
from orchestration.failures import explain
from tests.support.exports import Export, make_home, rows
from tests.support.servers import FolderPlace, LocalFolders, declare, free_ports

SECRET = "secret-that-must-not-show"


def export(instance: str = "rho") -> Export:
    return Export(instance=instance, entities={"organisation": rows("organisation", 2)})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home").root


@pytest.fixture
def place(home: Path, tmp_path: Path) -> FolderPlace:
    """A folder from which rho's exports are fetched."""
    made = LocalFolders(tmp_path / "folders").place()
    declare(Settings(home=home).vetro_home, rho_folder=made)
    return made


def vetro(home: Path, *arguments: str, **environment: str):
    return CliRunner().invoke(app, ["--home", str(home), *arguments], env=environment)


def test_fetch_says_what_it_brought_and_exits_0(home: Path, place: FolderPlace) -> None:
    place.put_all(export().files(), "rho-1")
    done = vetro(home, "fetch")
    assert done.exit_code == 0 and "rho-folder (rho): 1 fetched" in done.stdout
    done = vetro(home, "fetch", "rho-folder", "--json")
    (source,) = json.loads(done.stdout)["sources"]
    assert (source["source"], source["failure"]) == ("rho-folder", None)
    assert [(one["place"], one["outcome"]) for one in source["deliveries"]] == [("rho-1", "unchanged")]


def test_fetch_exits_1_when_something_was_left_and_says_why(home: Path, place: FolderPlace) -> None:
    place.put_all(export("matera").files(), "matera-1")
    done = vetro(home, "fetch")
    assert done.exit_code == 1
    assert "left matera-1" in done.stdout and "another instance" in done.stdout


def test_a_name_chosen_by_a_stranger_does_not_steer_the_terminal(home: Path, place: FolderPlace) -> None:
    place.put_all(export().files(), "\x1b[2J[red]rho")
    done = vetro(home, "fetch")
    assert done.exit_code == 1
    assert "\x1b[2J" not in done.stdout and r"\x1b[2J[red]rho" in done.stdout


def test_fetch_with_a_wrong_name_or_declaration_exits_2(home: Path, place: FolderPlace) -> None:
    for arguments, text in ((("fetch", "other"), None), (("fetch",), "sources: {rho-folder: {url: x}}")):
        if text:
            (home / "sources.yaml").write_text(text, encoding="utf-8")
        failure = explain(vetro(home, *arguments).exception)
        assert failure.exit_code == 2 and " / " in failure.sentence


def test_ingest_fetches_first_and_with_a_path_does_not(
    home: Path, place: FolderPlace, tmp_path: Path
) -> None:
    place.put_all(export().files(), "rho-1")
    given = export("matera").write(tmp_path)
    done = vetro(home, "ingest", str(given), "--json")
    assert json.loads(done.stdout)["sources"] == []
    assert not (home / "landing" / "rho").exists()
    done = vetro(home, "ingest")
    assert done.exit_code == 0
    assert "1 fetched" in done.stdout
    assert (home / "outbox" / "rho" / "rho-2026-10-0001.receipt.json").is_file()


def test_ingest_goes_on_without_a_source_that_is_down_and_exits_1(home: Path, tmp_path: Path) -> None:
    folders = LocalFolders(tmp_path / "folders")
    gone, there = folders.place("matera"), folders.place("rho")
    shutil.rmtree(gone.folder)
    there.put_all(export().files(), "rho-1")
    declare(Settings(home=home).vetro_home, a_gone=gone, b_there=there)
    done = vetro(home, "ingest", "--json")
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert "non esiste" in document["sources"][0]["failure"]
    assert [receipt["status"] for receipt in document["receipts"]] == ["accepted"]
    step = next(step for step in status.read(Settings(home=home).vetro_home).steps() if step.name == "fetch")
    assert (step.outcome, step.detail) == ("refused", "1 fetched, 1 sources failed")


def test_ingest_says_how_many_exports_aged_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export().write(home / "landing" / "rho")
    assert vetro(home, "ingest").exit_code == 0

    class Later(landing_retention.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + landing_retention.timedelta(days=11)

    monkeypatch.setattr(landing_retention, "datetime", Later)
    assert "aged out" not in vetro(home, "ingest").stdout.lower()
    done = vetro(home, "ingest", VETRO_LANDING_DAYS="10")
    assert "Aged out of landing: 1 exports" in done.stdout
    assert not list((home / "landing" / "rho").iterdir())


def test_credentials_in_the_settings_show_nowhere(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_ports(1)[0]
    entry = {"instance": "rho", "url": "s3://welfare/rho", "endpoint": f"http://127.0.0.1:{port}"}
    text = json.dumps({"sources": {"rho-bucket": entry}})
    (home / "sources.yaml").write_text(text, encoding="utf-8")
    variables = {
        f"VETRO_SOURCE_CREDENTIALS__RHO_BUCKET__{key}": SECRET for key in ("ACCESS_KEY", "SECRET_KEY")
    }
    assert SECRET not in repr(Settings(source_credentials={"a": {"secret_key": SECRET}}))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    done = vetro(home, "fetch", "--json", **variables)
    assert done.exit_code == 1
    assert "does not answer" in done.stdout
    told = done.output + caplog.text + str(done.exception)
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert SECRET not in told and SECRET.encode() not in kept


def test_a_run_fetches_first_and_names_the_sources_that_need_somebody(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=home)
    folders = LocalFolders(tmp_path / "folders")
    there, gone = folders.place("rho"), folders.place("matera")
    there.put_all(export().files(), "rho-1")
    shutil.rmtree(gone.folder)
    declare(settings.vetro_home, rho_folder=there, matera_folder=gone)
    found = []

    def refresh_ends(exit_code: int) -> None:
        def refresh(*_: object) -> pipeline.PipelineOutcome:
            found.extend(home.glob("landing/rho/rho-1/datapackage.json"))
            return pipeline.PipelineOutcome(exit_code, "Done.", "a-release")

        monkeypatch.setattr(pipeline, "refresh", refresh)

    for exit_code, expected in ((pipeline.DONE, pipeline.REFUSED), (pipeline.KEPT, pipeline.KEPT)):
        refresh_ends(exit_code)
        outcome = pipeline.run(settings)
        assert outcome.exit_code == expected
        assert outcome.sentence.startswith("Done. ") and "matera-folder" in outcome.sentence
        assert "rho-folder" not in outcome.sentence
    assert len(found) == 2
    declare(settings.vetro_home, rho_folder=there)
    refresh_ends(pipeline.DONE)
    assert pipeline.run(settings) == pipeline.PipelineOutcome(pipeline.DONE, "Done.", "a-release")


def test_dagster_fetches_with_a_job_of_its_own(home: Path, place: FolderPlace) -> None:
    place.put_all(export().files(), "rho-1")
    assert fetch_sources(Settings(home=home)).execute_in_process().success
    assert (home / "landing" / "rho" / "rho-1" / "datapackage.json").is_file()
