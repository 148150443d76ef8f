"""Canaries in every personal column of what is sent, and none in anything that leaves from it: raw, the
warehouse, releases, packs, Dagster's storage, receipts, reports, logs, the screen, backups, mails and posts
of alerts, the staff pages with the files that they offer.
"""

import filecmp
import gzip
import io
import json
import shutil
import sqlite3
import sys
import tempfile
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import duckdb
import pytest
import typst
import xlsxwriter
import yaml
from streamlit import config
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from core.home import VetroHome
from core.settings import Settings
from dashboards.i18n import Messages
from dashboards.pages import STAFF
from orchestration import status
from orchestration.warehouse import Warehouse
from publication.release import current
from quality.gate import read_gate
from tests.support import canaries
from tests.support.alert_receivers import PASSWORD, USER, mail_server, post_receiver
from tests.support.canaries import CANARIES, FORGOTTEN, RECORD
from tests.support.command_line import Vetro, command_line
from tests.support.homes import first_exports, land
from tests.support.pages import run_staff_page
from tests.support.traces import raw_values, words_in, words_of

EVERY = set(CANARIES.values())
# Where the house keeps what it knows of a record of a person: under an id, without a name.
PSEUDONYMOUS = ("raw", "warehouse.duckdb", "backups")
# A rule of the house's own that no row obeys: of none may be told which it is.
OWN_RULE = {
    "name": "own",
    "meta": {"table": "landed.person", "owner": "Ufficio controlli"},
    "expectations": [
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "record_id", "value_set": ["nobody"]},
            "severity": "warning",
            "meta": {"name": "nobody"},
        }
    ],
}
ERROR_REPORT = {
    "received_on": "2026-01-02",
    "page": "territori/rho",
    "subject_it": f"La scheda di {CANARIES['an e-mail address']}",
    "subject_en": f"The record of {canaries.CODE}",
    "decision": "explained",
    "decided_on": "2026-01-03",
}


@pytest.fixture
def vetro(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Vetro:
    """A function that runs a command in this process; what libraries below Python write is seen too."""
    return command_line(monkeypatch, capfd)


@pytest.fixture
def alerted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[VetroHome], Path]]:
    """A function that has a home tell its alerts by mail and by webhook, rho's receipts by mail, and its
    lineage; it returns the folder in which everything that is told arrives.
    """
    folder = tmp_path / "elsewhere" / "told"
    with mail_server(folder / "mails") as mails, post_receiver(folder / "posts") as posts:

        def tell(home: VetroHome) -> Path:
            mail = {"server": "127.0.0.1", "port": mails.port, "from": "vetro@example.org", "user": USER}
            mail |= {"to": ["dati@example.org"], "certificates": str(mails.certificate)}
            declared = {"mail": mail, "webhook": {"url": f"http://127.0.0.1:{posts.port}/"}}
            home.alerts_file.write_text(yaml.safe_dump(declared), "utf-8")
            home.alert_secrets.write_text(f"mail_password: {PASSWORD}\n", "utf-8")
            home.alert_secrets.chmod(0o600)
            monkeypatch.setenv("VETRO_OPENLINEAGE_URL", f"http://127.0.0.1:{posts.port}/")
            register = yaml.safe_load(home.instances_file.read_text("utf-8"))
            register["instances"]["rho"]["receipts_to"] = "exports@rho.example.org"
            home.instances_file.write_text(yaml.safe_dump(register), "utf-8")
            return folder

        yield tell


def save_staff_pages(home: VetroHome, to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open every staff page as somebody to whom all is shown, and write what the browser gets of it, and
    every file that it offers, into `to`.
    """
    to.mkdir()
    keep = MemoryMediaFileStorage.load_and_get_id

    def kept(storage: MemoryMediaFileStorage, content: str | bytes, *described: object) -> str:
        (to / f"file-{len(list(to.iterdir()))}").write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )
        return keep(storage, content, *described)

    monkeypatch.setattr(MemoryMediaFileStorage, "load_and_get_id", kept)
    places = {"RELEASES": home.releases, "STATUS": home.status_database, "PACKS": home.packs, "AUTH": "off"}
    for name, value in places.items():
        monkeypatch.setenv(f"VETRO_{name}", str(value))
    config.set_option("server.address", "127.0.0.1")
    for page in STAFF:
        opened = run_staff_page(page.key)
        assert Messages("it")("error.word") not in opened.text
        (to / page.key).write_bytes(opened.sent)


@pytest.mark.timeout(1200)
def test_what_identifies_a_person_stays_in_landing(
    walked: Settings,
    simulated: Path,
    tmp_path: Path,
    vetro: Vetro,
    monkeypatch: pytest.MonkeyPatch,
    alerted: Callable[[VetroHome], Path],
) -> None:
    root, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    shutil.copytree(walked.home, root, symlinks=True, copy_function=shutil.copy2)
    home = Settings(home=root).vetro_home
    before = current(home).release_id
    told_to = alerted(home)
    home.expectations.mkdir(exist_ok=True)
    (home.expectations / "own.json").write_text(json.dumps(OWN_RULE), "utf-8")
    # What is written to no place of the home is found too.
    for folder in ("work", "tmp", "user"):
        (elsewhere / folder).mkdir(parents=True)
    monkeypatch.chdir(elsewhere / "work")
    monkeypatch.setenv("TMPDIR", str(elsewhere / "tmp"))
    monkeypatch.setenv("HOME", str(elsewhere / "user"))
    monkeypatch.setattr(tempfile, "tempdir", None)

    accepted = land(home, first_exports(simulated, "rho", 2)[1], "rho")
    canaries.plant(accepted)
    sent = tmp_path / "sent"
    for export in canaries.refused_exports().values():
        export.write(sent)
    canaries.refused_exports()["every text"].write_zip(home.landing / "rho")
    canaries.held_export().write(home.landing / "rho")
    (home.landing / "rho" / f"{CANARIES['an e-mail address']}.txt").write_text(f"{EVERY}", encoding="utf-8")
    arrived = {
        word for place in (home.landing, sent) for words in words_in(place, EVERY).values() for word in words
    }
    assert arrived == EVERY, "what was never sent cannot leak"

    told = []

    def said(*arguments: str, expect: tuple[int, ...] = (0,), typed: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        done = vetro("--home", str(root), *arguments)
        assert done.returncode in expect, (arguments[0], done.stdout, done.stderr)
        told.append((arguments[0], done.stdout + done.stderr))
        return done.stdout

    said("validate", str(sent), expect=(1,))
    said("ingest", str(sent), expect=(1,))
    said("ingest", expect=(1,))
    assert raw_values(home.raw, "person", "count(*)", instance="rho")[1][0] >= 500
    pseudonyms = {
        code
        for who, code in raw_values(home.raw, "person", "record_id, id_pseudonym", instance="rho")
        if who == RECORD
    }
    assert len(pseudonyms) == 1 and None not in pseudonyms
    said("merge-person", expect=(0, 1), typed=f"CF {canaries.CODE} CF {canaries.CODE_OF_ANOTHER}\n")
    home.error_reports_file.write_text(yaml.safe_dump([ERROR_REPORT]), "utf-8")
    said("run", expect=(2, 3))
    assert current(home).release_id == before, "a report that names somebody is in no release"
    home.error_reports_file.unlink()
    said("publish")
    after = current(home).release_id
    assert after != before, status.read(home).steps()
    said("diff", before, after, "--out", str(elsewhere / "work" / "diff"), expect=(0, 1))
    (grant,) = raw_values(home.raw, "grant", "min(record_id)", instance="rho")[0]
    for pack in (("grant", f"rho:{grant}"), ("territory", "rho", "--year", "2024")):
        said("pack", *pack, "--out", str(elsewhere / "work" / "pack"))
    gate = read_gate(home)
    assert gate and ("own.nobody", False) in {(each.check_name, each.passed) for each in gate.results}
    said("alerts", expect=(0, 1))
    said("backup", str(elsewhere / "backups"))
    save_staff_pages(home, elsewhere / "pages", monkeypatch)
    assert [path.suffix for path in told_to.rglob("*.eml")] and list(told_to.rglob("*.json"))
    said("forget", typed=f"CF {FORGOTTEN}\nrho {RECORD}-STP\n")
    said("status")

    (backup,) = (elsewhere / "backups").glob("*/")
    for path in [path for path in backup.rglob("*") if path.is_file() and not path.is_symlink()]:
        # What is in the home as it is in the backup is searched there.
        same = root / path.relative_to(backup)
        if same.is_file() and filecmp.cmp(path, same, shallow=False):
            path.unlink()
    assert (backup / "backup.json").is_file()

    sought = EVERY | pseudonyms | {RECORD}
    found = words_in(root, sought) | words_in(elsewhere, sought)
    found |= {f"said by {name}": words for name, text in told if (words := words_of(text, sought))}
    found = {place: words for place, words in found.items() if not place.startswith("landing/")}
    assert not {place: words & EVERY for place, words in found.items() if words & EVERY}
    assert not {place for place in found if not place.startswith(PSEUDONYMOUS)}


def test_two_years_of_figures_and_the_rows_behind_one_carry_no_canary(
    published: tuple[Settings, Warehouse], vetro: Vetro
) -> None:
    home = published[0].vetro_home
    pseudonyms = dict(raw_values(home.raw, "person", "record_id, id_pseudonym"))
    inside = {RECORD, pseudonyms[RECORD]}
    money = current(home).path / "public" / "data" / "t06_spending_by_funder_and_area.csv"
    traced = vetro("--home", str(home.root), "trace", f"{money.name}:2", "--rows", "--exports")
    assert traced.returncode == 0, traced.stderr
    assert not words_of(traced.stdout + traced.stderr, EVERY | inside)
    assert not words_in(home.releases, EVERY | inside)


WORD = CANARIES["an e-mail address"]


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table snapshots (body blob)")
        connection.execute("insert into snapshots values (?)", [zlib.compress(WORD.encode())])


def _duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table t as select '{WORD}' as a from range(3000)")


def _parquet(path: Path) -> None:
    duckdb.sql(f"select [{{'a': '{WORD}'}}] as a").write_parquet(str(path), compression="zstd")


def _workbook(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_string(0, 0, WORD)


def _pdf(path: Path) -> None:
    source = path.with_suffix(".typ")
    source.write_text(f'#"{WORD}"', encoding="utf-8")
    typst.compile(source, output=path)
    source.unlink()


def _mail(path: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "receipt"
    mail.set_content("è qui", cte="base64")
    # Long enough to be broken into lines of base64.
    mail.add_attachment(f"{'x' * 70}{WORD}".encode(), maintype="text", subtype="csv", filename="a.csv")
    path.write_bytes(mail.as_bytes())


def _archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv.gz", gzip.compress(WORD.encode()))


HIDING_PLACES = {
    "a.db": _sqlite,
    "a.duckdb": _duckdb,
    "a.parquet": _parquet,
    "a.xlsx": _workbook,
    "a.pdf": _pdf,
    "a.zip": _archive,
    "a.eml": _mail,
    "capitals.txt": lambda path: path.write_text(f"a {WORD.upper()} b"),
    "reversed.txt": lambda path: path.write_text(f"a {WORD[::-1]} b"),
    "url.html": lambda path: path.write_text(WORD.replace("@", "%40")),
    "hex.txt": lambda path: path.write_text(WORD.encode().hex()),
    "utf16.bin": lambda path: path.write_bytes(WORD.encode("utf-16")),
    f"{WORD}.txt": lambda path: path.write_text("nothing"),
    **{
        f"base64-{n}.txt": lambda path, n=n: path.write_bytes(b64encode(b"x" * n + WORD.encode() + b"yy"))
        for n in range(3)
    },
}


@pytest.mark.parametrize("name", HIDING_PLACES)
def test_a_canary_is_found_wherever_it_hides(name: str, tmp_path: Path) -> None:
    HIDING_PLACES[name](tmp_path / name)
    assert words_in(tmp_path, [WORD, CANARIES["an address"]]) == {name: {WORD}}
