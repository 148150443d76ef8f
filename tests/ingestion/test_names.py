"""Names of files, folders, sheets and columns are compared as people read them, whoever wrote them."""

import io
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import yaml

from core.home import VetroHome
from ingestion.instances import register_instances
from ingestion.landing.exports import files_in
from ingestion.landing.plain_names import is_leftover, plain_name, plain_path
from ingestion.loading.ingest import ingest
from ingestion.receipts import ACCEPTED, KNOWN
from ingestion.sources.access import RemoteFile
from ingestion.sources.file_groups import deliveries_in
from tests.ingestion.malformed_exports.malformed import required
from tests.ingestion.test_adapters import amounts
from tests.support.exports import RHO, Export, make_home, row

# What a Mac, a word processor and a copy from a web page make of "L'attività di ottobre".
MAC = unicodedata.normalize("NFD", "L'attività di ottobre")
CURLY = "L’attività di ottobre"
BREAK = "L'attività di\u00a0ottobre"
SPELLINGS = (MAC, CURLY, BREAK, "L'attività di ottobre")
LEFTOVERS = ("Thumbs.db", "desktop.ini", "~$L'attività.xlsx", "__MACOSX/._x.csv", ".DS_Store", "a/Thumbs.db")


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    home = make_home(tmp_path / "home")
    register_instances(home, {"arese": RHO | {"mapping": "arese"}})
    mapping = {
        "export": {"period": {"from": date(2026, 10, 1), "to": date(2026, 10, 31)}},
        "files": {"payments": {"match": f"{CURLY}*", "sheet": MAC}},
        "entities": {
            "payment": {
                "from": "payments",
                "columns": required("payment") | {"record_id": f"ID {CURLY}", "amount": "IMPORTO"},
            }
        },
    }
    home.mappings.mkdir()
    text = yaml.safe_dump(mapping, allow_unicode=True)
    (home.mappings / "arese.yaml").write_text(text, encoding="utf-8")
    return home


def as_csv(spelling: str) -> bytes:
    return f"ID {spelling},IMPORTO\nP1,1.00\n".encode()


def as_workbook(spelling: str) -> bytes:
    book, sink = openpyxl.Workbook(), io.BytesIO()
    book.active.title = spelling
    book.active.append([f"ID {spelling}", "IMPORTO"])
    book.active.append(["P1", 1])
    book.save(sink)
    return sink.getvalue()


def backslashed(content: bytes) -> bytes:
    """The same archive as some programs for Windows write it."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(sink, "w") as target:
        for entry in source.infolist():
            name = zipfile.ZipInfo("x")
            name.filename = entry.filename.replace("/", "\\")
            target.writestr(name, source.read(entry))
    return sink.getvalue()


@pytest.mark.parametrize("wrapping", ["folder", "zip", "file", "windows zip"])
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("content", [as_csv, as_workbook])
def test_a_file_its_sheet_and_its_columns_are_found_however_their_names_are_spelled(
    home: VetroHome, wrapping: str, spelling: str, content: Callable[[str], bytes]
) -> None:
    name = f"{spelling}.{'csv' if content is as_csv else 'xlsx'}"
    landing = home.landing / "arese"
    landing.mkdir()
    if wrapping == "file":
        (landing / name).write_bytes(content(spelling))
    elif wrapping == "folder":
        (landing / "2026-10").mkdir()
        (landing / "2026-10" / name).write_bytes(content(spelling))
        for leftover in LEFTOVERS:
            (landing / "2026-10" / leftover).parent.mkdir(exist_ok=True)
            (landing / "2026-10" / leftover).write_bytes(b"\0")
    else:
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            archive.writestr("ottobre/", b"")
            archive.writestr(f"ottobre/{name}", content(spelling))
            for leftover in LEFTOVERS:
                archive.writestr(f"ottobre/{leftover}", b"\0")
        packed = sink.getvalue()
        (landing / "2026-10.zip").write_bytes(backslashed(packed) if wrapping != "zip" else packed)
    (receipt,) = ingest(home)
    assert (receipt.status, receipt.errors) == (ACCEPTED, ())
    assert amounts(home) == [("P1", "1.00")]


def test_the_same_file_under_another_spelling_is_known(home: VetroHome) -> None:
    landing = home.landing / "arese"
    landing.mkdir()
    statuses = []
    for place, spelling in enumerate((MAC, "L'attività di ottobre")):
        (landing / str(place)).mkdir()
        (landing / str(place) / f"{spelling}.csv").write_bytes(as_csv("L'attività di ottobre"))
        statuses.append(ingest(home)[-1].status)
    assert statuses == [ACCEPTED, KNOWN]


@pytest.mark.parametrize("program", ["backslash", "folder entries", "leftovers"])
@pytest.mark.parametrize("inside", ["", "rho-marzo/"])
def test_a_zip_of_the_contract_is_read_whatever_program_made_it(
    home: VetroHome, tmp_path: Path, program: str, inside: str
) -> None:
    path = Export(entities={"payment": [row("payment", "P1")]}).write_zip(tmp_path, inside)
    if program == "backslash":
        path.write_bytes(backslashed(path.read_bytes()))
    with zipfile.ZipFile(path, "a") as archive:
        if program == "folder entries":
            for folder in ("rho-marzo/", "rho-marzo/data/") if inside else ("data/",):
                archive.writestr(folder, b"")
        if program == "leftovers":
            for leftover in (*LEFTOVERS, "Icon\r"):
                archive.writestr(f"{inside}{leftover}", b"\0")
    assert [receipt.status for receipt in ingest(home, [path])] == [ACCEPTED]
    assert [receipt.status for receipt in ingest(home, [path])] == [KNOWN]


def test_a_folder_of_the_contract_is_read_with_the_names_a_mac_gave_it(
    home: VetroHome, tmp_path: Path
) -> None:
    def moved(descriptor: dict) -> None:
        descriptor["resources"][0]["path"] = "attività/pagamenti.csv"

    export = Export(entities={"payment": [row("payment", "P1")]}, spoil=moved)
    folder = export.write(tmp_path)
    for name in (unicodedata.normalize("NFD", "attività/pagamenti.csv"), "attività\\pagamenti.csv"):
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        (next(folder.rglob("*.csv"))).rename(target)
        assert [receipt.status for receipt in ingest(home, [folder])] in ([ACCEPTED], [KNOWN])
    assert len(amounts(home, "rho")) == 1


def test_two_files_that_nobody_can_tell_apart_are_never_one(tmp_path: Path) -> None:
    for name in (MAC, unicodedata.normalize("NFC", MAC)):
        (tmp_path / name).write_bytes(b"1")
    found, plain = files_in(tmp_path)
    assert plain and len(found) == 2 and len(set(found.values())) == 2


@pytest.mark.parametrize("name", ["Thumbs.db", "THUMBS.DB", "desktop.ini", "~$x.xlsx", "__MACOSX", "Icon\r"])
def test_what_systems_leave_behind_was_not_sent(name: str) -> None:
    assert is_leftover(name)


@pytest.mark.parametrize("name", ["thumbs.csv", "desktop.ini.csv", "~x.csv", "pagamenti.csv"])
def test_what_somebody_named_was_sent(name: str) -> None:
    assert not is_leftover(name)


def test_a_name_is_plain_once_and_stays_so() -> None:
    assert {plain_name(spelling) for spelling in SPELLINGS} == {"L'attività di ottobre"}
    assert plain_path("rho\\ottobre \\a.csv") == "rho/ottobre/a.csv"
    assert plain_path(plain_path(MAC)) == plain_path(MAC)


def test_a_source_tells_a_delivery_whole_under_plain_names_and_where_each_file_stands() -> None:
    listing = {
        path: RemoteFile(1, "1")
        for path in ("ottobre\\datapackage.json", f"ottobre\\{MAC}.csv", "ottobre\\Thumbs.db")
    }
    (delivery,) = deliveries_in(listing, foreign=False)
    assert (delivery.place, delivery.objection()) == ("ottobre", None)
    assert set(delivery.files) == {"datapackage.json", "L'attività di ottobre.csv"}
    assert delivery.path("L'attività di ottobre.csv") == f"ottobre\\{MAC}.csv"
    (alone,) = deliveries_in({f"{MAC}.csv": RemoteFile(1, "1")}, foreign=True)
    assert (alone.place, alone.path(alone.name)) == ("L'attività di ottobre.csv", f"{MAC}.csv")
