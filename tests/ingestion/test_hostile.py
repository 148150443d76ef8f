"""Whatever is sent, ingestion answers with a code: it never falls over, never loads a half,
never executes anything.
"""

import gzip
import hashlib
import json
import os
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.contract.codes import CODES
from ingestion.loading.ingest import ingest
from tests.support.exports import Export, rows

BATCH = 50
NASTY = [
    b"",
    b"\0",
    b'"',
    b'""',
    b"\r",
    b"\n\n",
    b";",
    b";;;;;;",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"'; drop table comune; --",
    b"$(touch pwned)",
    b"=cmd|' /C calc'!A0",
    b"../../..",
    b"1e999",
    b"-0",
    b"9" * 400,
    b"\xf0\x9f\x92\xb6",
    b"NaN",
    b"infinity",
    b"A" * 1_100_000,
    b"\\u0000",
    b"{",
    b"[[[[",
    b"null",
    b"true",
    b"-1",
    b"18446744073709551616",
]


def mutated(content: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice([0, 0, 1, 2, 8, 60]))
        content = content[:start] + chance.choice(NASTY) + content[end:]
    return content


def fuzzed(folder: Path, number: int) -> Path:
    """Write an export mutated in a descriptor, a header or a row, its hashes made right again half
    of the time.
    """
    chance = random.Random(number)
    kind = chance.choice(["csv", "csv.gz", "jsonl", "parquet"])
    export = Export(
        export_id=f"rho-fuzz-{number}",
        sequence=1 if number % 2 else number,
        entities={"service_delivery": rows("service_delivery", 60), "person": rows("person", 60)},
        formats={"person": kind},
    )
    files = export.files()
    name = chance.choice(sorted(files))
    files[name] = mutated(files[name], chance)
    if name != "datapackage.json" and chance.random() < 0.7:
        descriptor = json.loads(files["datapackage.json"])
        for resource in descriptor["resources"]:
            content = files[resource["path"]]
            resource.update(bytes=len(content), hash="sha256:" + hashlib.sha256(content).hexdigest())
        files["datapackage.json"] = json.dumps(descriptor).encode()
    place = folder / export.name
    for path, content in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content)
    return place


def pass_mutated(home, folder: Path, first: int) -> None:
    """Bring a batch of mutated exports to ingestion: each gets a code, and none is half in."""
    paths = [fuzzed(folder, number) for number in range(first, first + BATCH)]
    receipts = ingest(home, paths)
    assert len(receipts) == len(paths)
    for receipt in receipts:
        assert receipt.status in ("accepted", "refused", "held", "known")
        assert receipt.status == "accepted" or receipt.errors
        assert {error["code"] for error in receipt.errors} <= set(CODES)
        for count in receipt.counts.values():
            if receipt.status == "accepted":
                assert count["received"] == count["loaded"] + count["known"] + count["quarantined"]
    accepted = {receipt.export_id for receipt in receipts if receipt.status == "accepted"}
    assert {path.name.removeprefix("export=") for path in home.raw.glob("instance=*/export=*")} == accepted
    assert not any(home.raw_incoming.iterdir())
    assert not list(Path.cwd().glob("pwned"))


@pytest.mark.parametrize("first", range(0, 300, BATCH))
def test_a_mutated_export_gets_a_code_and_is_never_half_in(home, tmp_path, first):
    pass_mutated(home, tmp_path / "in", first)


@pytest.mark.long
@pytest.mark.parametrize("first", range(300, 10_000, BATCH))
def test_ten_thousand_mutated_exports_get_codes_and_none_is_half_in(home, tmp_path, first):
    pass_mutated(home, tmp_path / "in", first)
    shutil.rmtree(tmp_path)


def test_names_and_values_that_look_like_commands_are_data(home, tmp_path):
    title = "'); drop table comune; -- $(touch pwned) `id` =1+1 <script>alert(1)</script>"
    export = Export(entities={"service": rows("service", 60, name=title)})
    (receipt,) = ingest(home, [export.write(tmp_path / 'it\'s; a "folder" $(x)')])
    assert (receipt.status, receipt.errors) == ("accepted", ())


def test_a_column_name_that_is_a_formula_or_markup_is_defused_in_the_receipt(home, tmp_path):
    export = Export(
        entities={"service": rows("service", 3)},
        rewrite={"service": lambda content: content.replace(b"leps_code", b"<b>=1+1</b>", 1)},
        spoil=lambda descriptor: descriptor["resources"][0].update(name="=1+1"),
    )
    (receipt,) = ingest(home, [export.write(tmp_path)])
    page = receipt.path.with_name("rho-2026-10-0001.receipt.html").read_text()
    sheet = receipt.path.with_name("rho-2026-10-0001.receipt.csv").read_text()
    assert "<b>" not in page
    assert not any(
        cell.startswith(("=", "+", "-", "@")) for line in sheet.splitlines() for cell in line.split(";")
    )


@pytest.mark.parametrize("zipped", [False, True])
def test_a_name_longer_than_any_file_has_is_of_a_file_not_there(home, tmp_path, zipped):
    export = Export(
        entities={"service": rows("service", 3)},
        spoil=lambda descriptor: descriptor["resources"][0].update(path=f"data/{'A' * 5_000}.csv"),
    )
    (receipt,) = ingest(home, [export.write_zip(tmp_path) if zipped else export.write(tmp_path)])
    assert receipt.status == "refused"
    assert {error["code"] for error in receipt.errors} == {"file_missing", "file_undeclared"}


def test_an_archive_with_a_name_longer_than_any_file_has_is_refused(home, tmp_path):
    archive = Export(entities={"service": rows("service", 3)}).write_zip(tmp_path)
    with zipfile.ZipFile(archive, "a") as further:
        further.writestr(f"data/{'A' * 5_000}.csv", b"x")
    (receipt,) = ingest(home, [archive])
    assert (receipt.status, receipt.errors[0]["code"]) == ("refused", "archive_unsafe")


def _in_place_of(path: str, make: Callable[[Path], object]) -> Callable[[Path], None]:
    def spoil(export: Path) -> None:
        (export / path).unlink(missing_ok=True)
        make(export / path)

    return spoil


def _zeros(path: Path) -> None:
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only an administrator may make a device")


NO_FILES = {
    "a pipe": _in_place_of("data/person.csv", os.mkfifo),
    "a pipe for a descriptor": _in_place_of("datapackage.json", os.mkfifo),
    "a pipe beside": _in_place_of("data/more.csv", os.mkfifo),
    "a device without end": _in_place_of("data/person.csv", _zeros),
    "a link for a descriptor": _in_place_of("datapackage.json", lambda path: path.symlink_to("/etc/passwd")),
    "a link beside": _in_place_of("data/more.csv", lambda path: path.symlink_to("/etc/passwd")),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("what", NO_FILES)
def test_what_is_no_file_is_refused_without_being_read(home, what):
    NO_FILES[what](Export(entities={"person": rows("person", 3)}).write(home.landing / "rho"))
    (receipt,) = ingest(home)
    assert receipt.status == "refused"
    assert {error["code"] for error in receipt.errors} <= {
        "archive_unsafe",
        "file_missing",
        "manifest_unreadable",
    }


@pytest.mark.timeout(60)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_link_or_a_pipe_in_landing_is_no_export(home, tmp_path, zipped):
    export = Export(entities={"person": rows("person", 3)})
    outside = export.write_zip(tmp_path) if zipped else export.write(tmp_path)
    landing = home.landing / "rho"
    landing.mkdir()
    (landing / outside.name).symlink_to(outside)
    os.mkfifo(landing / "pipe.zip")
    assert ingest(home) == []
    assert not list(home.raw.glob("instance=*"))


def test_a_packed_file_that_grows_without_end_is_refused(home, tmp_path):
    bomb = gzip.compress(b"record_id;op\n" + b"0" * (101 * 1024 * 1024), compresslevel=9)
    export = Export(
        entities={"person": rows("person", 3)},
        formats={"person": "csv"},
        rewrite={"person": lambda content: bomb},
        spoil=lambda told: told["resources"][0].update(format="csv.gz"),
    )
    (receipt,) = ingest(home, [export.write(tmp_path)])
    assert receipt.status == "refused"
    assert "archive_unsafe" in {error["code"] for error in receipt.errors}
