"""From a source to landing, over a folder, S3 and SFTP alike: only what is whole, only once, only its own."""

import io
import os
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from ingestion.loading.ingest import ingest
from ingestion.sources import fetching
from ingestion.sources.access import OpenSource, RemoteFile
from ingestion.sources.fetching import FETCHED, LEFT, UNCHANGED, WAITING, fetch
from ingestion.sources.file_groups import Delivery, deliveries_in
from tests.support.exports import Export, rows
from tests.support.servers import FolderPlace, LocalFolders, declare

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
DESCRIPTOR = "datapackage.json"


def export(sequence: int = 1, **more) -> Export:
    return Export(sequence=sequence, entities={"organisation": rows("organisation", 3)}, **more)


def as_zip(exported: Export, inside: str = "") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in exported.files().items():
            archive.writestr(inside + path, content)
    return packed.getvalue()


def get(home, now=NOW, *names):
    return fetch(home, names, now=now, pauses=(0, 0))


def outcomes(home, now=NOW) -> dict[str, tuple[str, str | None]]:
    (source,) = get(home, now)
    assert source.failure is None, source.failure
    return {one.place: (one.outcome, one.reason) for one in source.deliveries}


def landed(home) -> dict[str, bytes]:
    return {
        str(path.relative_to(home.landing)): path.read_bytes()
        for path in home.landing.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


@pytest.fixture
def place(server, home):
    """A fresh place at a source called `rho-source`, declared for rho."""
    made = server.place()
    declare(home, rho_source=made)
    return made


def test_folders_and_archives_come_in_and_the_door_takes_them(home, place):
    place.put_all(export(1).files(), "2026/rho-1")
    place.put("2026/rho 2 (marzo).zip", as_zip(export(2), inside="dentro/"))
    before = place.content()
    assert outcomes(home) == {"2026/rho-1": (FETCHED, None), "2026/rho 2 (marzo).zip": (FETCHED, None)}
    assert {name: landed(home)[f"rho/rho-1/{name}"] for name in export(1).files()} == export(1).files()
    assert place.content() == before
    assert [receipt.status for receipt in ingest(home)] == ["accepted", "accepted"]


def test_what_was_fetched_is_not_fetched_again(home, place, monkeypatch):
    place.put_all(export(1).files(), "rho-1")
    place.put("rho-2.zip", as_zip(export(2)))
    get(home)
    for untouched in ("copy", "read"):
        monkeypatch.setattr(OpenSource, untouched, lambda *_: pytest.fail("bytes were asked for again"))
    assert outcomes(home) == {"rho-1": (UNCHANGED, None), "rho-2.zip": (UNCHANGED, None)}


def test_an_upload_that_goes_on_waits_at_each_stage_and_comes_in_when_it_is_whole(home, place):
    files = export(1).files()
    (path, content), descriptor = next(iter(files.items())), files[DESCRIPTOR]
    place.put(f"rho-1/{path}.part", content[:10])
    assert outcomes(home) == {}
    place.put(f"rho-1/{path}", content[:10])
    assert set(outcomes(home).values()) == {(WAITING, "no_descriptor")}
    place.put(f"rho-1/{DESCRIPTOR}", descriptor[:40])
    assert outcomes(home) == {"rho-1": (WAITING, "incomplete")}
    place.put(f"rho-1/{DESCRIPTOR}", descriptor)
    assert outcomes(home) == {"rho-1": (WAITING, "incomplete")}
    same_size = bytes(len(content))
    place.put(f"rho-1/{path}", same_size)
    assert outcomes(home) == {"rho-1": (WAITING, "incomplete")}
    assert landed(home) == {}
    place.put(f"rho-1/{path}", content)
    assert outcomes(home) == {"rho-1": (FETCHED, None)}
    assert [receipt.status for receipt in ingest(home)] == ["accepted"]


def test_an_archive_without_its_end_waits(home, place):
    whole = as_zip(export(1))
    place.put("rho-1.zip", whole[:-30])
    assert outcomes(home) == {"rho-1.zip": (WAITING, "incomplete")}
    assert landed(home) == {}
    place.put("rho-1.zip", whole)
    assert outcomes(home) == {"rho-1.zip": (FETCHED, None)}


def test_hidden_and_partial_names_are_nobodys(home, place):
    place.put_all(export(1).files(), ".rho-1")
    place.put_all(export(1).files(), "rho-2.part")
    place.put(".rho-3.zip", as_zip(export(3)))
    place.put("leggimi.txt", b"hello")
    assert outcomes(home) == {}


def test_an_upload_that_stopped_half_way_reaches_the_door_so_that_its_sender_hears(home, place):
    files = export(1).files()
    first = next(iter(files))
    place.put_all(files | {first: files[first][:5]}, "rho-1")
    place.put("rho-2.zip", as_zip(export(2))[:-30])
    assert set(outcomes(home).values()) == {(WAITING, "incomplete")}
    assert set(outcomes(home, NOW + timedelta(minutes=59)).values()) == {(WAITING, "incomplete")}
    assert outcomes(home, LATER) == {"rho-1": (FETCHED, None), "rho-2.zip": (FETCHED, None)}
    stopped, torn = ingest(home)
    assert (stopped.status, torn.status) == ("refused", "refused")
    assert "checksum_mismatch" in {error["code"] for error in stopped.errors}
    assert [error["code"] for error in torn.errors] == ["archive_unsafe"]


def test_a_folder_without_a_descriptor_is_never_taken(home, place):
    place.put("rho-1/data/person.csv", b"a;b\n")
    assert outcomes(home) == {"rho-1/data": (WAITING, "no_descriptor")}
    assert outcomes(home, NOW + timedelta(days=30)) == {"rho-1/data": (WAITING, "no_descriptor")}


def test_a_file_that_changes_while_it_is_read_waits_for_the_next_time(home, place, monkeypatch):
    files = export(1).files()
    place.put_all(files, "rho-1")
    copy = OpenSource.copy
    path = next(iter(files))

    def copy_then_change(self, name, expected, target):
        result = copy(self, name, expected, target)
        if name.endswith(path):
            place.put(f"rho-1/{path}", files[path] + b"more")
        return result

    monkeypatch.setattr(OpenSource, "copy", copy_then_change)
    assert outcomes(home) == {"rho-1": (WAITING, "changing")}
    assert landed(home) == {}
    monkeypatch.undo()
    place.put(f"rho-1/{path}", files[path])
    assert outcomes(home) == {"rho-1": (FETCHED, None)}


def test_a_file_that_goes_after_it_was_listed_waits(home, place, monkeypatch):
    place.put_all(export(1).files(), "rho-1")
    listing = OpenSource.listing
    path = f"rho-1/{next(iter(export(1).files()))}"

    def list_then_remove(self, folder=""):
        found = listing(self, folder)
        if path in place.content():
            place.remove(path)
        return found

    monkeypatch.setattr(OpenSource, "listing", list_then_remove)
    assert outcomes(home) == {"rho-1": (WAITING, "changing")}
    assert landed(home) == {}


def test_a_corrected_export_takes_the_place_of_the_refused_one(home, place):
    wrong = export(1, spoil=lambda d: d["resources"][0].update(rows=99))
    place.put_all(wrong.files(), "rho-1")
    get(home)
    assert [receipt.status for receipt in ingest(home)] == ["refused"]
    place.put_all(export(1).files(), "rho-1")
    assert outcomes(home) == {"rho-1": (FETCHED, None)}
    assert [receipt.status for receipt in ingest(home)] == ["accepted"]


def test_the_same_export_twice_is_known_and_neither_copy_touches_the_other(home, place):
    place.put_all(export(1).files(), "a/rho-1")
    place.put_all(export(1).files(), "b/rho-1")
    assert set(outcomes(home).values()) == {(FETCHED, None)}
    assert len({name.split("/")[1] for name in landed(home)}) == 2
    assert sorted(receipt.status for receipt in ingest(home)) == ["accepted", "known"]


def test_an_export_of_another_instance_is_left_and_said(home, place):
    other = Export(instance="matera", entities={"organisation": rows("organisation", 1)})
    place.put_all(other.files(), "matera-1")
    place.put("matera-2.zip", as_zip(other))
    place.put_all(export(1).files(), "rho-1")
    expected = {
        "matera-1": (LEFT, "other_instance"),
        "matera-2.zip": (LEFT, "other_instance"),
        "rho-1": (FETCHED, None),
    }
    assert outcomes(home) == expected
    (again,) = get(home, LATER)
    assert again.needs_somebody
    assert [one.outcome for one in again.deliveries] == [LEFT, LEFT, UNCHANGED]
    assert (
        "altra istanza" in again.deliveries[0].sentence and "another instance" in again.deliveries[0].sentence
    )
    assert all(name.startswith("rho/rho-1/") for name in landed(home))


def test_a_log_that_is_lost_costs_time_and_nothing_else(home, place):
    place.put_all(export(1).files(), "rho-1")
    get(home)
    ingest(home)
    before = landed(home)
    (home.landing / ".fetched.json").unlink()
    assert outcomes(home) == {"rho-1": (FETCHED, None)}
    assert landed(home) == before
    assert [receipt.status for receipt in ingest(home)] == ["known"]


def test_what_a_killed_fetch_left_is_cleared_away(home, place):
    place.put_all(export(1).files(), "rho-1")
    left = home.landing / "rho" / ".fetching-12345678" / "export"
    left.mkdir(parents=True)
    (left / "person.csv").write_bytes(b"half")
    get(home)
    assert not left.parent.exists()
    assert [path.name for path in (home.landing / "rho").iterdir()] == ["rho-1"]


def test_an_export_in_the_root_of_a_source_is_called_like_the_source(home, server):
    made = server.place()
    for path, content in export(1).files().items():
        made.put(path, content)
    declare(home, the_root=made)
    assert outcomes(home) == {"": (FETCHED, None)}
    assert (home.landing / "rho" / "the-root" / DESCRIPTOR).is_file()


def test_names_that_would_be_one_in_landing_stay_two(home, place):
    place.put("rho 1.zip", as_zip(export(1)))
    place.put("rho_1.zip", as_zip(export(2)))
    assert set(outcomes(home).values()) == {(FETCHED, None)}
    assert [receipt.status for receipt in ingest(home)] == ["accepted", "accepted"]


def test_names_with_control_characters_are_left(home, place):
    place.put_all(export(1).files(), "rho\t1")
    place.put("\x1b[2Jrho.zip", as_zip(export(1)))
    assert set(outcomes(home).values()) == {(LEFT, "name_unsafe")}
    assert landed(home) == {}


@pytest.fixture(params=["folder", "sftp"])
def folder_place(request, tmp_path, home) -> FolderPlace:
    """A place in which links can be made."""
    server = LocalFolders(tmp_path / "folders")
    made = (server if request.param == "folder" else request.getfixturevalue("sftp_server")).place()
    declare(home, rho_source=made)
    return made


def test_links_and_special_files_are_left(home, folder_place, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"not for everybody")
    for name in ("link", "pipe"):
        folder_place.put_all(export(1).files(), name)
    (folder_place.folder / "link" / "data" / "more.csv").symlink_to(secret)
    os.mkfifo(folder_place.folder / "pipe" / "data" / "more.csv")
    (folder_place.folder / "archive.zip").symlink_to(secret)
    outside = tmp_path / "outside"
    export(2).write(outside)
    (folder_place.folder / "elsewhere").symlink_to(outside)
    found = outcomes(home)
    assert found == dict.fromkeys(("link", "pipe", "archive.zip"), (LEFT, "not_plain"))
    assert landed(home) == {}


def test_a_backslash_parts_folders_and_leads_nowhere_else(home, folder_place):
    folder_place.put_all(export(1).files(), "..\\..\\rho-1")
    folder_place.put_all(export(1).files(), "rho\\1")
    folder_place.put_all(export(2).files(), "rho\\..\\..\\2")
    assert outcomes(home) == {"rho/1": (FETCHED, None)}
    assert [receipt.status for receipt in ingest(home)] == ["accepted"]


def test_a_name_that_is_not_utf8_does_not_bring_the_fetch_down(home, folder_place):
    folder_place.put_all(export(1).files(), "rho-1")
    (folder_place.folder / os.fsdecode(b"Forl\xec.zip")).write_bytes(as_zip(export(2)))
    (source,) = get(home)
    assert source.needs_somebody
    assert source.failure is None or "UTF-8" in source.failure


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/x.zip", "/etc/x.zip", "a//x.zip", "a/../../x.zip", "a\\..\\x.zip", "a/x\n.zip",
        "a\0.zip", f"{'x' * 250}.zip", "..", "a/./x.zip",
    ],
)  # fmt: skip
def test_no_listed_name_can_lead_out_of_landing(name):
    """Servers of this machine would not serve such names; a hostile one may say what it likes."""
    found = deliveries_in({name: RemoteFile(1, "1")}, foreign=False)
    assert [delivery for delivery in found if delivery.objection() != "name_unsafe"] == []


def test_a_file_that_is_also_a_folder_is_left():
    listing = {
        "e/datapackage.json": RemoteFile(1, "1"),
        "e/data": RemoteFile(1, "1"),
        "e/data/x": RemoteFile(1, "1"),
    }
    (delivery,) = deliveries_in(listing, foreign=False)
    assert delivery.objection() == "name_unsafe"


def test_a_thousand_files_are_an_export_and_one_more_is_not():
    files = {f"data/{number}.csv": RemoteFile(1, "1") for number in range(1000)}
    assert Delivery("e", files).objection() is None
    assert Delivery("e", files | {"more": RemoteFile(1, "1")}).objection() == "too_many_files"


def test_a_descriptor_further_in_does_not_make_a_second_export():
    listing = {path: RemoteFile(1, "1") for path in ("a/datapackage.json", "a/b/datapackage.json", "c/x.zip")}
    assert [delivery.place for delivery in deliveries_in(listing, foreign=False)] == ["a", "c/x.zip"]


def test_a_delivery_of_a_foreign_layout_is_taken_once_it_is_still(home, server):
    text = home.instances_file.read_text(encoding="utf-8")
    home.instances_file.write_text(
        text.replace("  rho:\n", "  rho:\n    mapping: rho_pages\n"), encoding="utf-8"
    )
    made = server.place()
    declare(home, rho_source=made)
    made.put("2026-10/spese.csv", b"anno;euro\n")
    assert outcomes(home) == {"2026-10": (WAITING, "settling")}
    assert outcomes(home, NOW + timedelta(minutes=9)) == {"2026-10": (WAITING, "settling")}
    made.put("2026-10/altre.csv", b"anno;euro\n")
    assert outcomes(home, NOW + timedelta(minutes=11)) == {"2026-10": (WAITING, "settling")}
    assert outcomes(home, NOW + timedelta(minutes=22)) == {"2026-10": (FETCHED, None)}
    made.put("novembre.xlsx", b"a spreadsheet")
    assert outcomes(home)["novembre.xlsx"] == (WAITING, "settling")
    assert outcomes(home, NOW + timedelta(minutes=11))["novembre.xlsx"] == (FETCHED, None)
    assert set(landed(home)) == {
        "rho/2026-10/spese.csv",
        "rho/2026-10/altre.csv",
        "rho/novembre.xlsx",
    }


def test_a_full_disk_is_said_before_anything_is_copied(home, place, monkeypatch):
    place.put_all(export(1).files(), "rho-1")
    monkeypatch.setattr(fetching, "ROOM_KEPT_BYTES", 2**62)
    (source,) = get(home)
    assert "disco" in source.failure and "disk" in source.failure
    assert landed(home) == {}
