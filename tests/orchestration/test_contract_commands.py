"""`vetro contract` and `vetro validate` on a machine that has nothing but the product."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from typer.testing import CliRunner

from orchestration.cli import app
from tests.support.exports import Export, row, rows

CHROMIUM = Path("/usr/bin/chromium")

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


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed: apt-get install chromium")
def test_a_receipt_fits_the_width_of_a_phone_and_its_table_scrolls_in_its_own_box(
    bare: Path, tmp_path: Path
) -> None:
    run(app, ["validate", str(with_bad_row(tmp_path)), "--html", "receipt.html"])
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_context(viewport={"width": 390, "height": 900}).new_page()
        tab.goto((bare / "receipt.html").as_uri())
        boxes = tab.locator("[role=region]").evaluate_all("e => e.map(e => [e.clientWidth, e.scrollWidth])")
        assert any(inside > width for width, inside in boxes), "no table was wide enough to try the page"
        assert tab.evaluate("document.documentElement.scrollWidth") == 390
        browser.close()


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


def test_alike_errors_stand_under_one_heading_with_their_first_places(bare: Path, tmp_path: Path) -> None:
    place = Export(entities={"person": [*rows("person", 3), *rows("person", 25, "B", sex="Q")]}).write(
        tmp_path
    )
    text = run(app, ["validate", str(place)]).output
    assert text.count("enum_unknown person.sex (25)") == 1 and text.count("Ammessi: M, F, X, ND.") == 1
    assert text.count("data/person.csv:") == 10 and "altri 15" in text
    assert text.index("enum_unknown") < text.index("too_many_bad_rows")
    assert len(json.loads(run(app, ["validate", str(place), "--json"]).output)["errors"]) == 26


def test_causes_stand_before_what_they_bring_about(bare: Path, tmp_path: Path) -> None:
    def spoil(descriptor: dict) -> None:
        descriptor["resources"][0].update(rows=9, bytes=1)

    place = Export(entities={"person": rows("person", 3)}, spoil=spoil).write(tmp_path)
    text = run(app, ["validate", str(place)]).output
    assert text.index("checksum_mismatch") < text.index("row_count_mismatch")


@pytest.mark.parametrize(
    ("language", "there", "absent"),
    [("it", "Valore fuori", "Value not"), ("en", "Value not", "Valore fuori")],
)
def test_one_language_may_be_asked_for(
    bare: Path, tmp_path: Path, language: str, there: str, absent: str
) -> None:
    text = run(app, ["validate", str(with_bad_row(tmp_path)), "--lang", language]).output
    assert there in text and absent not in text and " / " not in text
    assert run(app, ["validate", str(tmp_path), "--lang", "fr"]).exit_code == 2


def test_a_correction_is_not_judged_alone_and_passes_with_what_it_corrects(
    bare: Path, tmp_path: Path
) -> None:
    opposite = {"amount": "-10.00", "reverses_id": "G-1"}
    first = Export(entities={"payment": rows("payment", 2)}).write(tmp_path)
    second = Export(sequence=2, entities={"payment": [row("payment", "R-1", **opposite)]}).write(tmp_path)
    alone = run(app, ["validate", str(second), "--html", "alone.html"])
    assert alone.exit_code == 0 and "Not judgeable here" in alone.output
    assert "Not judgeable here" in (bare / "alone.html").read_text(encoding="utf-8")
    told = json.loads(run(app, ["validate", str(second), "--json"]).output)
    assert [(each["code"], each["line"]) for each in told["unjudged"]] == [("reversal_invalid", 2)]
    both = run(app, ["validate", str(first), str(second), "--html", "both.html"])
    assert both.exit_code == 0 and "Not judgeable here" not in both.output
    page = (bare / "both.html").read_text(encoding="utf-8")
    assert all(export.name in both.output and export.name in page for export in (first, second))
    told = json.loads(run(app, ["validate", str(first), str(second), "--json"]).output)
    assert (told["export_id"], told["unjudged"]) == (second.name, [])
    assert [each["export_id"] for each in told["earlier"]] == [first.name]


def test_the_verdict_is_that_of_the_last_export(bare: Path, tmp_path: Path) -> None:
    first = with_bad_row(tmp_path)
    second = Export(sequence=2, entities={"person": rows("person", 3, "N")}).write(tmp_path)
    done = run(app, ["validate", str(first), str(second)])
    assert done.exit_code == 0 and "enum_unknown" in done.output
    assert run(app, ["validate", str(second), str(first)]).exit_code == 0


def test_what_cannot_be_asked_is_wrong_use_and_no_traceback(bare: Path, tmp_path: Path) -> None:
    first, other = (
        Export(instance=name, entities={"person": rows("person", 1)}).write(tmp_path)
        for name in ("rho", "matera")
    )
    mixed = run(app, ["validate", str(first), str(other)])
    assert mixed.exit_code == 2 and "matera, rho" in mixed.output
    unwritable = run(app, ["validate", str(first), "--html", "no/where.html"])
    assert unwritable.exit_code == 2 and "--html" in unwritable.output


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
