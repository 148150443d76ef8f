"""`vetro contract` and `vetro validate` on a machine that has nothing but the product."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from tests.support.exports import Export, row, rows

run = CliRunner().invoke


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder in which no home is, and whose files are all there is to find."""
    folder = tmp_path / "bare"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("VETRO_HOME", raising=False)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def with_bad_row(folder: Path) -> Path:
    return Export(entities={"person": [*rows("person", 99), row("person", "B", sex="Q")]}).write(folder)


def test_a_vendor_writes_the_handbook_and_its_example_validates(bare: Path) -> None:
    written = run(app, ["contract"])
    assert written.exit_code == 0 and "contract/index.html" in written.output
    assert names(bare / "contract") == ["contract.json", "example", "index.html", "schemas", "templates"]
    validated = run(app, ["validate", "contract/example"])
    assert validated.exit_code == 0, validated.output
    assert "accepted" in validated.output and "--instance" in validated.output
    assert names(bare) == ["contract"]


def test_another_version_and_another_folder_can_be_asked_for(bare: Path) -> None:
    told = json.loads(run(app, ["contract", "--out", "old", "--contract-version", "1.0", "--json"]).output)
    assert told["version"] == "1.0" and all(Path(path).is_file() for path in told["files"])
    assert json.loads((bare / "old/contract.json").read_text(encoding="utf-8"))["version"] == "1.0"
    assert run(app, ["contract", "--contract-version", "0.9"]).exit_code == 2
    assert names(bare) == ["old"]


def test_every_error_is_printed_with_its_place_its_code_and_both_sentences(
    bare: Path, tmp_path: Path
) -> None:
    place = with_bad_row(tmp_path)
    result = run(app, ["validate", str(place), "--html", "receipt.html"])
    assert result.exit_code == 1
    for part in ("enum_unknown", "data/person.csv:101", "sex", "Valore fuori", "Value not in the list"):
        assert part in result.output
    assert "enum_unknown" in (bare / "receipt.html").read_text(encoding="utf-8")
    assert names(bare) == ["receipt.html"]


def test_the_json_is_the_receipt(bare: Path, tmp_path: Path) -> None:
    result = run(app, ["validate", str(with_bad_row(tmp_path)), "--json"])
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert (told["status"], told["place_judged"]) == ("accepted", False)
    assert [(error["code"], error["line"]) for error in told["errors"]] == [("enum_unknown", 101)]
    assert told["counts"]["person"]["quarantined"] == 1


def test_an_instance_that_is_not_the_exports_is_an_error(bare: Path, tmp_path: Path) -> None:
    place = Export(entities={"person": rows("person", 3)}).write(tmp_path)
    assert run(app, ["validate", str(place), "--instance", "rho"]).exit_code == 0
    refused = run(app, ["validate", str(place), "--instance", "matera"])
    assert refused.exit_code == 1 and "instance_unknown" in refused.output
    assert names(bare) == []


def test_no_path_is_wrong_use(bare: Path) -> None:
    assert run(app, ["validate", "nowhere"]).exit_code == 2
    assert run(app, ["validate"]).exit_code == 2


def test_validating_writes_nothing_into_the_home_of_whoever_runs_it(tmp_path: Path) -> None:
    place = with_bad_row(tmp_path / "sent")
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-c", "from orchestration.cli import main; main()", "validate", str(place)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "VETRO_HOME": str(home), "HOME": str(home)},
    )
    assert done.returncode == 1, done.stderr
    assert names(tmp_path) == ["sent"]
