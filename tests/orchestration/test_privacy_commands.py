"""The commands about persons: read from standard input, said without a name, ended with a code."""

import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import VetroError
from core.home import VetroHome
from core.settings import Settings
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonyms import open_key
from orchestration import change_detection
from orchestration.cli import app
from orchestration.warehouse import discard_warehouse
from tests.support.exports import Export, make_home, row
from tests.support.traces import files_with, raw_values

run = CliRunner().invoke
MARIO, LUIGI, STP = "RSSMRA80A01X501K", "BNCLRA92M55X704P", "STP7654321098765"
COMMANDS = ["forget", "merge-person", "rotate-key"]


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    """A home with two persons of rho, no warehouse."""
    home = make_home(tmp_path / "home")
    people = [
        row("person", "P-1", id_kind="CF", id_value=MARIO),
        row("person", "P-2", id_kind="STP", id_value=STP),
    ]
    ingest(home, [Export(entities={"person": people}).write(tmp_path / "sent")])
    return home


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_the_exit_codes_mean(command: str) -> None:
    assert "Exit code: 0" in " ".join(run(app, [command, "--help"], env={"COLUMNS": "160"}).output.split())


@pytest.mark.parametrize(
    "lines, exit_code",
    [
        (f"CF {MARIO}\n", 0),
        ("rho P-1\n\nrho P-2", 0),
        (f"CF {LUIGI}\nCF {MARIO}\n", 1),
        (f"CF {MARIO}\nCF {MARIO[:15]}\n", 2),
        (f"rome P-1 {MARIO}\n", 2),
        ("", 2),
    ],
)
def test_forget_ends_with_a_code_and_names_nobody(home: VetroHome, lines: str, exit_code: int) -> None:
    done = run(app, ["--home", str(home.root), "forget"], input=lines)
    message = f"{done.output}{done.exception or ''}"
    code = getattr(done.exception, "exit_code", done.exit_code) if done.exit_code else 0
    assert code == exit_code, message
    assert MARIO[:15] not in message
    left = {record for (record,) in raw_values(home.raw, "person", "record_id")}
    assert ("P-1" in left) == (exit_code == 2)


def test_forget_takes_nobody_from_the_command_line(home: VetroHome) -> None:
    assert run(app, ["--home", str(home.root), "forget", "CF", MARIO]).exit_code == 2
    assert len(raw_values(home.raw, "person", "record_id")) == 2


def test_forgetting_again_is_done(home: VetroHome) -> None:
    for forgotten, known in ((1, 0), (0, 1)):
        done = run(app, ["--home", str(home.root), "forget", "--json"], input=f"CF {MARIO}\n")
        assert done.exit_code == 0
        told = json.loads(done.stdout)
        assert (told["forgotten"], told["known"], told["not_found"]) == (forgotten, known, [])


def test_a_merge_is_noted_and_makes_the_next_run_look_again(home: VetroHome) -> None:
    before = change_detection.fingerprint(home)
    done = run(app, ["--home", str(home.root), "merge-person"], input=f"STP {STP} CF {MARIO}\n")
    assert done.exit_code == 0, done.output
    assert MARIO not in done.output
    assert change_detection.fingerprint(home).build != before.build
    unknown = run(app, ["--home", str(home.root), "merge-person"], input=f"STP {STP} CF {LUIGI}\n")
    assert unknown.exit_code == 1
    assert "Line 1" in unknown.output


def test_a_rotation_names_the_new_key_by_its_id(home: VetroHome) -> None:
    before = change_detection.fingerprint(home)
    done = run(app, ["--home", str(home.root), "rotate-key", "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["key_id"]) == (0, open_key(home).key_id)
    assert all(link.hex() not in done.stdout for link in open_key(home).links)
    assert change_detection.fingerprint(home).build != before.build


def test_a_warehouse_that_somebody_has_open_is_not_removed_under_them(home: VetroHome) -> None:
    opened = (
        f"import duckdb, time; held = duckdb.connect({str(home.warehouse)!r}); "
        "print(1, flush=True); time.sleep(60)"
    )
    reader = subprocess.Popen([sys.executable, "-c", opened], stdout=subprocess.PIPE)
    try:
        reader.stdout.readline()
        with pytest.raises(VetroError, match=f"process {reader.pid}"):
            discard_warehouse(home)
        assert home.warehouse.exists()
    finally:
        reader.kill()
        reader.wait()
    discard_warehouse(home)
    assert not home.warehouse.exists()


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.timeout(600)
def test_after_a_whole_run_nothing_of_the_forgotten_is_left_and_the_release_stays(
    walked: Settings, tmp_path: Path
) -> None:
    home = VetroHome.at(tmp_path / "home")
    shutil.copytree(walked.home, home.root, symlinks=True)
    instance, record, pseudonym = next(
        (name, who, code)
        for name in sorted(path.name.removeprefix("instance=") for path in home.raw.glob("instance=*"))
        for served in [set(raw_values(home.raw, "service_delivery", "person_id", instance=name))]
        for who, code in raw_values(home.raw, "person", "record_id, id_pseudonym", instance=name)
        if (who,) in served and code
    )
    before = files_with(home.root, [pseudonym])
    assert "warehouse.duckdb" in before
    assert not [name for name in before if name.startswith("releases/")]
    released, current = hashes(home.releases), home.current_release.resolve().name
    money = raw_values(home.raw, "service_delivery", "sum(amount_total), count(*)")

    done = run(app, ["--home", str(home.root), "forget"], input=f"{instance} {record}\n")
    assert done.exit_code == 0, done.output
    assert files_with(home.root, [pseudonym]) == []
    assert raw_values(home.raw, "service_delivery", "sum(amount_total), count(*)") == money
    after = run(app, ["--home", str(home.root), "run", "--json"])
    assert after.exit_code == 0, after.output
    assert home.current_release.resolve().name == current
    assert hashes(home.releases) == released
    rebuilt = run(app, ["--home", str(home.root), "rebuild", current])
    assert isinstance(rebuilt.exception, VetroError) and "was erased" in str(rebuilt.exception)
