"""`vetro doctor`: an installation in order is said to be so, and each thing that is wrong is found and named
with what to do.
"""

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import yaml

from core.home import VetroHome
from core.settings import Settings
from ingestion.loading.ingest import ingest
from orchestration import dagster_home, doctor, status
from tests.support.command_line import Vetro
from tests.support.exports import Export, make_home, row, rows
from tests.support.servers import free_ports
from tests.support.traces import raw_values


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one export of money and persons, Dagster's storage, and nothing wrong."""
    home = make_home(tmp_path_factory.mktemp("in_order") / "home")
    payments = rows("payment", 4000, payee_kind="ORGANISATION", organisation_id="O-1", amount="12.34")
    people = [row("person", f"P-{n}") for n in range(3)]
    (receipt,) = ingest(
        home, [Export(entities={"payment": payments, "person": people}).write(home.landing / "rho")]
    )
    assert receipt.status == "accepted", receipt.errors[:3]
    dagster_home.prepare(home)
    for folder in home.private_folders:
        if folder.is_dir():
            folder.chmod(0o700)
    return home.root


@pytest.fixture
def settings(in_order: Path, tmp_path: Path) -> Settings:
    """The settings of a copy of that home, on ports that are free."""
    shutil.copytree(in_order, tmp_path / "home")
    port, public_port = free_ports(2)
    return Settings(home=tmp_path / "home", auth="off", port=port, public_port=public_port, threads=1)


def to_mend(settings: Settings) -> dict[str, str]:
    """The checks that do not hold, with all that is said of each."""
    found = doctor.examine(settings)
    assert all(bool(finding.mend) != finding.holds for finding in found)
    return {each.check: f"{each.sentence} {each.mend}" for each in found if not each.holds}


def test_an_installation_in_order_has_nothing_to_mend_and_is_not_changed(
    settings: Settings, vetro: Vetro
) -> None:
    def listed() -> list[tuple]:
        # A database of Dagster's cannot even be read without what SQLite lays beside it.
        paths = [path for path in sorted(settings.home.rglob("*")) if path.suffix[:4] != ".db-"]
        told = [(path, path.lstat()) for path in paths if path.is_file()]
        return [(path, found.st_size, found.st_mtime_ns) for path, found in told]

    before = listed()
    variables = {
        "VETRO_AUTH": "off",
        "VETRO_PORT": str(settings.port),
        "VETRO_PUBLIC_PORT": str(settings.public_port),
    }
    done = vetro("--home", str(settings.home), "doctor", "--json", **variables)
    told = json.loads(done.stdout)
    assert [finding for finding in told["findings"] if not finding["holds"]] == []
    assert (done.returncode, told["holds"]) == (0, True)
    assert {finding["check"] for finding in told["findings"]} == set(doctor.CHECKS)
    assert listed() == before
    settings.vetro_home.landing.chmod(0o755)
    done = vetro("--home", str(settings.home), "doctor", **variables)
    assert done.returncode == 1
    assert "chmod -R o-rwx landing" in done.stdout and "1 of 16 are to be mended." in done.stdout


def _two_heads(home: VetroHome) -> None:
    with closing(sqlite3.connect(home.dagster / "history" / "runs.db")) as connection, connection:
        connection.execute("insert into alembic_version values ('another')")


def _spoil_raw(home: VetroHome) -> None:
    file = next(home.raw.glob("instance=*/export=*/payment.parquet"))
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = bytes(40)
    file.write_bytes(content)


def _change_a_value(home: VetroHome) -> None:
    """One byte, after which everything can be read, and as many rows as before."""
    file = next(home.raw.glob("instance=*/export=*/person.parquet"))
    content, rows_before = file.read_bytes(), raw_values(home.raw, "person", "*")
    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with suppress(duckdb.Error):
            rows_now = raw_values(home.raw, "person", "*")
            if rows_now != rows_before and len(rows_now) == len(rows_before):
                return
    raise AssertionError("whichever byte is changed, the file cannot be read")


def _lose_rows(home: VetroHome) -> None:
    file = next(home.raw.glob("instance=*/export=*/payment.parquet"))
    shutil.copyfile(home.raw_schema / "payment.parquet", file)


def _manifest_of_others(home: VetroHome) -> None:
    (home.dbt / "target").mkdir(exist_ok=True)
    (home.dbt / "target" / "manifest.json").write_text("{}", encoding="utf-8")
    (home.dbt / "parsed-from").write_text("other models", encoding="utf-8")


def _missing_source(home: VetroHome) -> None:
    entry = {"instance": "rho", "url": str(home.root / "nowhere")}
    home.sources_file.write_text(yaml.safe_dump({"sources": {"rho-files": entry}}), encoding="utf-8")


def _unnamed_release(home: VetroHome) -> None:
    (home.releases / "2026-10-31-abc").mkdir()
    (home.releases / "2026-10-31-abc" / "release.json").write_text("{}", encoding="utf-8")


def _later_step(home: VetroHome) -> None:
    status.write(home, status.Status(run=[("build", datetime(2999, 1, 1), 1.0, "ok", "")]))


def _link(home: VetroHome) -> None:
    (home.secrets / "sign_in.yaml").symlink_to(home.instances_file)


SPOILT: dict[str, tuple[str, Callable[[VetroHome], object], str]] = {
    "no home": ("home", lambda home: shutil.rmtree(home.root), "vetro prepare"),
    "raw for all": ("private", lambda home: home.raw.chmod(0o701), "o-rwx raw"),
    "a key for all": ("secrets", lambda home: (home.secrets / "pseudonym.key").chmod(0o644), "go-rwx"),
    "a link for a secret": ("secrets", _link, "links"),
    "no key": ("secrets", lambda home: (home.secrets / "pseudonym.key").unlink(), "backup"),
    "a clock set back": ("clock", _later_step, "2999-01-01"),
    "a register that is none": (
        "declarations",
        lambda home: home.instances_file.write_text("- rho\n", encoding="utf-8"),
        "instances.yaml",
    ),
    "a source that is gone": ("sources", _missing_source, "rho-files"),
    "models of another version": ("models", _manifest_of_others, "vetro prepare"),
    "storage of two versions": ("dagster", _two_heads, "vetro prepare"),
    "half of the storage": (
        "dagster",
        lambda home: (home.dagster / "schedules" / "schedules.db").unlink(),
        "schedules.db",
    ),
    "bytes of raw": ("raw", _spoil_raw, "instance=rho/export=rho-2026-10-0001"),
    "a value of raw": ("raw", _change_a_value, "backup of raw"),
    "rows of raw": ("raw", _lose_rows, "backup of raw"),
    "no current release": ("release", _unnamed_release, "vetro rollback"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_wrong_with_a_home_is_found_and_named_with_what_to_do(what: str, settings: Settings) -> None:
    check, spoil, said = SPOILT[what]
    spoil(settings.vetro_home)
    found = to_mend(settings)
    assert set(found) == {check}
    assert said in found[check]


def test_what_is_wrong_with_the_machine_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.public_port))
        other.listen()
        assert f"127.0.0.1:{settings.public_port}" in to_mend(settings)["ports"]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 10**6))
    assert "1 MB are free" in to_mend(settings)["disk"]
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "0")
    assert "make setup" in to_mend(settings)["packages"]
    monkeypatch.setattr(doctor, "ASSETS", tmp_path)
    assert "fonts of pages" in to_mend(settings)["files"]


def test_pages_that_others_could_open_are_found(settings: Settings) -> None:
    assert "VETRO_AUTH=off" in to_mend(settings.model_copy(update={"auth": "oidc"}))["sign-in"]
    everywhere = settings.model_copy(update={"address": "0.0.0.0"})
    assert "VETRO_ADDRESS" in to_mend(everywhere)["sign-in"]


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator may read and write everything")
def test_a_home_of_another_account_is_found(settings: Settings) -> None:
    settings.vetro_home.raw.chmod(0o500)
    assert "chown" in to_mend(settings)["home"]
