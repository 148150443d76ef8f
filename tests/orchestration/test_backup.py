"""Backups: what is in them, that each byte is checked, and that nobody who was erased comes back."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import VetroError
from core.home import VetroHome
from core.settings import Settings
from ingestion.data_subjects.erasure_register import FILE
from ingestion.data_subjects.erasure_request import forget
from ingestion.identity.person_references import Identifier
from ingestion.key_rotation import rotate_key
from ingestion.loading.ingest import ingest
from ingestion.privacy.pseudonyms import open_key
from orchestration import change_detection, steps
from orchestration import privacy as privacy_steps
from orchestration.backup import KEPT, LEFT, MANIFEST, back_up, backups_in, read_manifest
from orchestration.restoring import restore
from publication.release import current
from publication.verification import verify
from tests.support.command_line import Vetro
from tests.support.exports import Export, make_home, row
from tests.support.published_homes import copy_first_release
from tests.support.traces import files_with, raw_values

MARIO, LUIGI = "RSSMRA80A01X501K", "BNCLRA92M55X704P"
EARLIER, LATER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


def people(**told: str) -> dict:
    """Persons by record id, with a request and a payment each; without an identifier where it is empty."""
    kinds = {record: ("CF", code) if code else ("NONE", "") for record, code in told.items()}
    return {
        "person": [row("person", r, id_kind=kind, id_value=code) for r, (kind, code) in kinds.items()],
        "request": [row("request", f"R-{r}", person_id=r) for r in told],
        "payment": [row("payment", f"PAY-{r}", person_id=r, amount="12.34") for r in told],
    }


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    """Mario in two territories, Luigi and somebody without an identifier in one."""
    home = make_home(tmp_path / "home")
    rho = Export(entities=people(M1=MARIO, L1=LUIGI, N1=""))
    matera = Export(instance="matera", entities=people(M2=MARIO))
    for export in (rho, matera):
        export.write(home.landing / export.instance)
    assert {receipt.status for receipt in ingest(home)} == {"accepted"}
    return home


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups are kept."""
    return tmp_path / "backups"


def state(home: VetroHome) -> dict[str, bytes]:
    """Every file that a backup holds, by its path."""
    return {
        str(path.relative_to(home.root)): path.read_bytes()
        for place in (getattr(home, name) for name in KEPT)
        for path in ([place] if place.is_file() else sorted(place.rglob("*")))
        if path.is_file() and path.name != ".lock"
    }


def records(home: VetroHome) -> set[str]:
    return {record for (record,) in raw_values(home.raw, "person", "record_id")}


def test_every_place_of_a_home_is_either_kept_or_left() -> None:
    places = {name for name, value in vars(VetroHome).items() if isinstance(value, property)} | {"root"}
    parts = {"raw_incoming", "raw_attempts", "forgotten_file", "raw_merges", "reviewed_merges",
             "corrections_table", "raw_schema", "current_release", "private_folders"}  # fmt: skip
    assert places - parts == {*KEPT, *LEFT}
    assert not {*KEPT} & {*LEFT}


def test_a_restored_home_is_the_one_that_was_backed_up(home: VetroHome, folder: Path, tmp_path: Path) -> None:
    made = back_up(home, folder, now=EARLIER)
    assert made.folder.name == "2026-11-01T000000Z"
    again = VetroHome.at(tmp_path / "again")
    done = restore(again, made.folder, secrets=home.secrets)
    assert (done.erased_again, done.files) == (0, made.files)
    assert state(again) == state(home)
    assert open_key(again) == open_key(home)
    # Nothing is loaded twice, and nothing is read as changed.
    assert change_detection.fingerprint(again).loaded == change_detection.fingerprint(home).loaded
    for instance in ("rho", "matera"):
        shutil.copytree(home.landing / instance, again.landing / instance)
    assert {receipt.status for receipt in ingest(again)} == {"known"}


def test_neither_landing_nor_secrets_are_in_a_backup(home: VetroHome, folder: Path) -> None:
    key = open_key(home)
    made = back_up(home, folder)
    assert files_with(home.root, [MARIO, key.secret.hex()])
    assert files_with(folder, [MARIO, LUIGI, key.secret.hex()]) == []
    assert made.folder.stat().st_mode & 0o077 == 0


def test_releases_come_back_with_their_links(folder: Path, tmp_path: Path) -> None:
    home = copy_first_release(tmp_path / "home")
    made = back_up(home, folder, with_secrets=True)
    again = VetroHome.at(tmp_path / "again")
    restore(again, made.folder)
    assert current(again).release_id == current(home).release_id
    assert again.current_release.readlink() == home.current_release.readlink()
    assert verify(again, current(again).release_id).holds


def test_a_byte_that_changed_is_found_and_leaves_no_home(
    home: VetroHome, folder: Path, tmp_path: Path
) -> None:
    made = back_up(home, folder)
    again = VetroHome.at(tmp_path / "again")
    [path, *_] = sorted(made.folder.rglob("person.parquet"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(VetroError, match="not as it was written"):
        restore(again, made.folder, secrets=home.secrets)
    path.write_bytes(whole)
    (made.folder / "raw" / "more").write_bytes(b"")
    with pytest.raises(VetroError, match="1 were put in"):
        restore(again, made.folder, secrets=home.secrets)
    (made.folder / "raw" / "more").unlink()
    path.unlink()
    with pytest.raises(VetroError, match="1 files are missing"):
        restore(again, made.folder, secrets=home.secrets)
    assert [entry.name for entry in tmp_path.iterdir() if "again" in entry.name] == []


def test_a_manifest_leads_nowhere_out_of_the_home(home: VetroHome, folder: Path, tmp_path: Path) -> None:
    made = back_up(home, folder)
    manifest = json.loads((made.folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / "outside").write_text("mine", encoding="utf-8")
    manifest["files"] |= {"../outside": {"sha256": "0" * 64, "bytes": 4, "link": ""}}
    (made.folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(VetroError):
        restore(VetroHome.at(tmp_path / "again"), made.folder, secrets=home.secrets)


def test_a_home_that_holds_anything_is_not_written_over(home: VetroHome, folder: Path) -> None:
    made = back_up(home, folder)
    before = state(home)
    with pytest.raises(VetroError, match="not empty"):
        restore(home, made.folder, secrets=home.secrets)
    assert state(home) == before


def test_without_the_key_nothing_is_restored(home: VetroHome, folder: Path, tmp_path: Path) -> None:
    made = back_up(home, folder)
    with pytest.raises(VetroError, match="--secrets"):
        restore(VetroHome.at(tmp_path / "again"), made.folder)
    other = make_home(tmp_path / "other")
    open_key(other)
    with pytest.raises(VetroError, match="does not continue the key"):
        restore(VetroHome.at(tmp_path / "again"), made.folder, secrets=other.secrets)
    assert not (tmp_path / "again").exists()


def test_only_the_last_backups_stay(home: VetroHome, folder: Path) -> None:
    back_up(home, folder, now=EARLIER)
    made = back_up(home, folder, now=LATER, keep=1)
    assert made.removed == ("2026-11-01T000000Z",)
    assert backups_in(folder) == [made.folder]
    assert (folder / FILE).is_file()


def test_a_backup_in_the_home_is_refused(home: VetroHome) -> None:
    with pytest.raises(VetroError, match="another disk"):
        back_up(home, home.root / "backups")


@pytest.mark.parametrize("how", ["register", "home"])
def test_whoever_was_forgotten_since_does_not_come_back(
    home: VetroHome, folder: Path, tmp_path: Path, how: str
) -> None:
    made = back_up(home, folder, now=EARLIER)
    pseudonym = Identifier("CF", MARIO).pseudonym(open_key(home))
    settings = Settings(home=home.root, backups=folder if how == "register" else None)
    assert privacy_steps.forget(settings, [f"CF {MARIO}", "rho N1"]).report.forgotten == 2
    again = VetroHome.at(tmp_path / "again")
    erasures = [home.root] if how == "home" else []
    done = restore(again, made.folder, secrets=home.secrets, erasures=erasures)
    assert done.erased_again == 2
    assert records(again) == {"L1"}
    assert files_with(again.root, [pseudonym, MARIO]) == []
    paid = "record_id, person_id, amount"
    assert raw_values(again.raw, "payment", paid) == raw_values(home.raw, "payment", paid)
    # And they are refused when they come again, whoever sends them.
    later = Export(export_id="2", sequence=2, entities=people(M9=MARIO, N1="", L9=LUIGI))
    [receipt] = ingest(again, [later.write(tmp_path / "sent")])
    assert receipt.status == "accepted"
    assert records(again) == {"L1", "L9"}


def test_without_any_register_they_are_back_and_the_command_says_so(
    home: VetroHome, folder: Path, tmp_path: Path, vetro: Vetro
) -> None:
    made = back_up(home, folder)
    (folder / FILE).unlink()
    forget(home, {1: Identifier("CF", MARIO)})
    told = vetro(
        "--home", str(tmp_path / "again"), "restore", str(made.folder), "--secrets", str(home.secrets)
    )
    assert told.returncode == 0
    assert "No register of erasures was found" in told.stdout
    assert "M1" in records(VetroHome.at(tmp_path / "again"))


def test_whom_a_territory_erased_since_does_not_come_back(
    home: VetroHome, folder: Path, tmp_path: Path
) -> None:
    made = back_up(home, folder, now=EARLIER)
    erasing = Export(export_id="2", sequence=2, entities=people(X1=""), erasures=["M1"])
    sent = erasing.write(tmp_path / "sent")
    steps.ingest(Settings(home=home.root, backups=folder), [sent])
    again = VetroHome.at(tmp_path / "again")
    assert restore(again, made.folder, secrets=home.secrets).erased_again == 1
    # Only that territory asked.
    assert records(again) == {"L1", "N1", "M2"}
    assert {receipt.status for receipt in ingest(again, [sent])} == {"accepted"}


def test_a_backup_from_before_a_rotation_comes_back_under_the_key_of_today(
    home: VetroHome, folder: Path, tmp_path: Path
) -> None:
    made = back_up(home, folder, now=EARLIER)
    rotate_key(home)
    privacy_steps.forget(Settings(home=home.root, backups=folder), [f"CF {MARIO}"])
    rotate_key(home)
    key = open_key(home)
    again = VetroHome.at(tmp_path / "again")
    assert restore(again, made.folder, secrets=home.secrets).erased_again == 1
    assert open_key(again) == key
    found = raw_values(again.raw, "person", "record_id, id_pseudonym")
    assert dict(found) == dict(raw_values(home.raw, "person", "record_id, id_pseudonym"))
    assert dict(found)["L1"] == Identifier("CF", LUIGI).pseudonym(key)
    assert read_manifest(made.folder).key_id != key.key_id


def test_a_register_that_cannot_be_written_is_told(home: VetroHome, tmp_path: Path, vetro: Vetro) -> None:
    settings = Settings(home=home.root, backups=tmp_path / "unplugged")
    done = privacy_steps.forget(settings, [f"CF {MARIO}"])
    assert not done.register_noted
    assert "M1" not in records(home)


def test_the_commands_say_what_is_apart(home: VetroHome, folder: Path, tmp_path: Path, vetro: Vetro) -> None:
    plain = vetro("--home", str(home.root), "backup", str(folder))
    assert plain.returncode == 0
    assert "The secrets are not in it" in plain.stdout
    assert vetro("--home", str(home.root), "backup").returncode == 2
    [backup] = backups_in(folder)
    done = vetro("--home", str(tmp_path / "again"), "restore", str(backup), "--json",
                 "--secrets", str(home.secrets))  # fmt: skip
    assert json.loads(done.stdout)["erased_again"] == 0
    assert done.returncode == 0


def test_a_backup_waits_for_whoever_writes(home: VetroHome, folder: Path) -> None:
    """What is copied is one state: a run that goes on is waited for."""
    holding = (
        "import sys, time; from core.home import VetroHome; from ingestion.raw.layer import locked\n"
        f"with locked(VetroHome.at({str(home.root)!r})):\n"
        "    print(1, flush=True); sys.stdin.read()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    writer.stdout.readline()
    copying = subprocess.Popen(
        [sys.executable, "-c", "from orchestration.cli import main; main()", "--home", str(home.root),
         "backup", str(folder)],
        stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            copying.wait(2)
        assert backups_in(folder) == []
        writer.communicate(b"")
        assert copying.wait(60) == 0
        assert len(backups_in(folder)) == 1
    finally:
        for process in (writer, copying):
            process.kill()
            process.wait()
