"""The `vetro` command: help that teaches, exit codes that mean something, nothing heavy without need."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.settings import Settings
from orchestration.cli import app
from tests.support.command_line import Vetro
from tests.support.homes import first_exports

HEAVY = ("dagster", "dagster_dbt", "dbt", "great_expectations", "streamlit")
WALK = ["simulate", "ingest", "build", "check", "publish"]

run = CliRunner().invoke


def python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)


def test_help_names_the_steps_in_their_order_and_says_where_things_are() -> None:
    text = run(app, ["--help"], env={"COLUMNS": "160"}).output
    places = [text.index(f"│ {name} ") for name in WALK]
    assert places == sorted(places)
    for place in ("VETRO_HOME", "landing/", "outbox/", "releases/current"):
        assert place in text


@pytest.mark.parametrize("command", ["ingest", "fetch", "build", "check", "publish", "run", "serve"])
def test_help_says_what_the_exit_codes_mean(command: str) -> None:
    assert "Exit code: 0" in " ".join(run(app, [command, "--help"], env={"COLUMNS": "160"}).output.split())


def test_help_imports_nothing_heavy() -> None:
    heavy = (*HEAVY, "duckdb", "pydantic")
    code = f"import sys, orchestration.cli; print([m for m in {heavy!r} if m in sys.modules])"
    assert python(code).stdout.strip() == "[]"


def test_ingest_imports_no_build_tool(simulated: Path, tmp_path: Path) -> None:
    export = first_exports(simulated, "rho")[0]
    code = (
        "import sys\n"
        "from orchestration.cli import app\n"
        f"try: app(['ingest', {str(export)!r}, '--json'])\n"
        f"finally: print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = python(code, VETRO_HOME=str(tmp_path))
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_an_unknown_territory_is_refused_with_exit_code_1_and_a_receipt(
    simulated: Path, tmp_path: Path
) -> None:
    export = first_exports(simulated, "rho")[0]
    done = run(app, ["--home", str(tmp_path), "ingest", str(export), "--json"])
    assert done.exit_code == 1
    (receipt,) = json.loads(done.stdout)["receipts"]
    assert receipt["status"] == "refused"
    assert "instance_unknown" in {error["code"] for error in receipt["errors"]}
    assert Path(receipt["path"]).is_file()


def test_ingest_of_landing_exits_0_and_again_0_when_all_is_known(new_home: Callable[[], Settings]) -> None:
    home = str(new_home().home)
    statuses = []
    for _ in range(2):
        done = run(app, ["--home", home, "ingest", "--json"])
        assert done.exit_code == 0, done.output
        statuses.append({receipt["status"] for receipt in json.loads(done.stdout)["receipts"]})
    assert statuses == [{"accepted"}, {"known"}]


@pytest.mark.parametrize(
    "arguments",
    [["ingest", "no-such-path"], ["simulate", "--scale", "0"], ["waive", "rho", "zero"], ["unheard-of"]],
    ids=["path", "scale", "sequence", "command"],
)
def test_a_usage_error_exits_2(arguments: list[str], tmp_path: Path) -> None:
    assert run(app, ["--home", str(tmp_path), *arguments]).exit_code == 2


def test_publishing_what_no_gate_has_judged_exits_3_with_a_sentence(tmp_path: Path, vetro: Vetro) -> None:
    done = vetro("publish", VETRO_HOME=str(tmp_path), HOME=str(tmp_path))
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("vetro: ")


@pytest.mark.parametrize(
    "command",
    [["verify"], ["attack"], ["rebuild"], ["diff", "current", "current"], ["trace", "x"], ["rollback", "x"]],
)
def test_without_any_release_a_command_names_the_home_it_looked_in_and_leaves_nothing(
    command: list[str], tmp_path: Path, vetro: Vetro
) -> None:
    home = tmp_path / "mistyped"
    done = vetro("--home", str(home), *command)
    assert done.returncode == 2
    assert done.stderr.startswith(f"vetro: no release in {home / 'releases'}") and "--home" in done.stderr
    assert not home.exists()


@pytest.mark.parametrize("command", ["forget", "merge-person", "rotate-key"])
def test_what_is_asked_of_a_house_needs_one(command: str, tmp_path: Path, vetro: Vetro) -> None:
    done = vetro("--home", str(tmp_path / "mistyped"), command)
    assert done.returncode == 2
    assert "--home" in done.stderr and "VETRO_HOME" in done.stderr
    assert not (tmp_path / "mistyped").exists()


def test_a_folder_without_exports_is_a_usage_error(tmp_path: Path, vetro: Vetro) -> None:
    (tmp_path / "nothing" / "here").mkdir(parents=True)
    done = vetro("--home", str(tmp_path / "home"), "ingest", str(tmp_path / "nothing"))
    assert done.returncode == 2
    assert "datapackage.json" in done.stderr


def test_a_build_says_how_many_corrections_of_erased_persons_it_took_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from core.home import VetroHome
    from orchestration import render
    from orchestration.warehouse import BuildReport

    for dropped in (0, 2):
        render.build(BuildReport([], dropped), VetroHome.at(tmp_path), as_json=False)
        assert ("2 lines of corrections.csv named persons" in capsys.readouterr().out) == bool(dropped)
    render.build(BuildReport([], 2), VetroHome.at(tmp_path), as_json=True)
    assert json.loads(capsys.readouterr().out)["dropped_corrections"] == 2


def test_judging_before_anything_is_built_exits_3_and_says_what_to_run(tmp_path: Path, vetro: Vetro) -> None:
    done = vetro("check", VETRO_HOME=str(tmp_path / "new"))
    assert done.returncode == 3
    assert "`vetro build`" in done.stderr
    assert not (tmp_path / "new").exists()


def test_serving_without_a_release_exits_3_and_says_what_to_run(tmp_path: Path, vetro: Vetro) -> None:
    done = vetro("serve", VETRO_HOME=str(tmp_path))
    assert done.returncode == 3
    assert "vetro run" in done.stderr


def test_simulate_writes_exports_and_registers_their_territories(tmp_path: Path) -> None:
    out = tmp_path / "elsewhere"
    size = ["--scale", "0.01", "--months", "12"]
    done = run(app, ["--home", str(tmp_path / "home"), "simulate", *size, "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["exports"] == len([path for path in out.glob("*/*") if not path.name.startswith(".")])
    registered = (tmp_path / "home" / "instances.yaml").read_text(encoding="utf-8")
    for folder in out.iterdir():
        assert f"{folder.name}:" in registered


def test_status_tells_what_ran(walked: Settings) -> None:
    done = run(app, ["--home", str(walked.home), "status", "--json"])
    told = json.loads(done.stdout)
    assert told["gate"] == "green"
    assert told["release_id"] == walked.vetro_home.current_release.resolve().name
    assert [step["name"] for step in told["steps"]] == ["ingest", "build", "check", "publish"]


def test_a_run_with_nothing_new_says_so_in_json(walked: Settings) -> None:
    done = run(app, ["--home", str(walked.home), "run", "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["steps"] == []
    assert told["release_id"] == walked.vetro_home.current_release.resolve().name


def test_words_of_an_export_are_never_read_as_markup(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from core.home import VetroHome
    from ingestion.receipts import Receipt
    from orchestration import render

    strange = Receipt("[/red]", "[bold]", "refused", errors=({"code": "instance_unknown"},))
    render.receipts([strange], VetroHome.at(tmp_path), as_json=False)
    assert "[/red]" in capsys.readouterr().out


def test_a_release_holds_against_its_own_hashes_and_against_the_attack(walked: Settings) -> None:
    for command in ("verify", "attack"):
        done = run(app, ["--home", str(walked.home), command, "current", "--json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)


def test_a_release_that_was_touched_is_found_with_exit_code_1(walked: Settings, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(walked.vetro_home.releases, home / "releases", symlinks=True)
    file = next((home / "releases" / "current" / "public" / "data").glob("*.csv"))
    file.chmod(0o644)
    file.write_text("changed", encoding="utf-8")
    done = run(app, ["--home", str(home), "verify"])
    assert done.exit_code == 1
    assert file.name in done.output


def test_a_release_does_not_differ_from_itself(walked: Settings) -> None:
    done = run(app, ["--home", str(walked.home), "diff", "current", "current", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["changes"] == []


@pytest.mark.parametrize("command", [["verify", "nope"], ["diff", "nope", "current"], ["rollback", "nope"]])
def test_an_unknown_release_is_a_usage_error(command: list[str], walked: Settings, vetro: Vetro) -> None:
    done = vetro("--home", str(walked.home), *command)
    assert done.returncode == 2
    assert "nope" in done.stderr


@pytest.mark.parametrize(
    ("instance", "sentence"), [("rhoo", "instance not registered"), ("rho", "already accepted")]
)
def test_what_cannot_be_waived_is_said_in_a_sentence(
    walked: Settings, instance: str, sentence: str, vetro: Vetro
) -> None:
    done = vetro("--home", str(walked.home), "waive", instance, "1")
    assert done.returncode == 2
    assert sentence in done.stderr
