"""Every code that refuses a whole export, and that it refuses it whole."""

import io
import json
import zipfile
from collections.abc import Callable

import pytest

from core.home import VetroHome
from ingestion.contract.codes import EXPORT_CODES
from ingestion.loading.ingest import ingest
from tests.support.exports import Export, row, rows

PERSONS = {"person": rows("person", 3)}


def codes(receipt) -> set[str]:
    return {error["code"] for error in receipt.errors}


def nothing_loaded(home: VetroHome) -> bool:
    return not list(home.raw.glob("instance=*/export=*"))


def spoiled(change: Callable[[dict], None]) -> Export:
    return Export(entities=PERSONS, spoil=change)


def resource(change: dict) -> Callable[[dict], None]:
    return lambda descriptor: descriptor["resources"][0].update(change)


def welfare(change: dict) -> Callable[[dict], None]:
    return lambda descriptor: descriptor["welfare"].update(change)


def header(change: Callable[[bytes], bytes]) -> Export:
    return Export(entities=PERSONS, rewrite={"person": change})


DESCRIPTORS = {
    "contract_unknown": spoiled(welfare({"version": "7.0"})),
    "instance_unknown": Export(instance="atlantide", entities=PERSONS),
    "entity_unknown": spoiled(resource({"name": "treasure"})),
    "entity_missing": Export(mode="full", entities=PERSONS),
    "file_missing": spoiled(resource({"path": "data/other.csv"})),
    "checksum_mismatch": spoiled(resource({"hash": "sha256:" + "0" * 64})),
    "row_count_mismatch": spoiled(resource({"rows": 4})),
    "control_total_mismatch": Export(
        entities={"voucher": rows("voucher", 3)},
        spoil=lambda d: d["resources"][0]["controlTotals"].update(face_value="30.01"),
    ),
    "column_missing": header(lambda content: content.replace(b";disability", b"", 1).replace(b";\n", b"\n")),
    "column_unknown": header(lambda content: content.replace(b"disability", b"extra", 1)),
    "column_forbidden": header(lambda content: content.replace(b"disability", b"E-Mail", 1)),
    "encoding_wrong": header(lambda content: content.replace(b"015182", b"Forl\xec", 1)),
    "archive_unsafe": spoiled(resource({"path": "../person.csv"})),
    "too_many_bad_rows": Export(entities={"person": [*rows("person", 20), row("person", "BAD", sex="Q")]}),
    "manifest_unreadable": spoiled(lambda descriptor: descriptor.pop("welfare")),
}


@pytest.mark.parametrize("code", DESCRIPTORS)
def test_a_spoiled_export_is_refused_whole_with_its_code(home, tmp_path, code):
    (receipt,) = ingest(home, [DESCRIPTORS[code].write(tmp_path)])
    assert receipt.status == "refused"
    assert code in codes(receipt)
    assert nothing_loaded(home)
    assert receipt.path.exists()
    assert all(count["loaded"] == 0 for count in receipt.counts.values())


def test_every_code_of_an_export_has_a_test():
    elsewhere = {"file_undeclared", "export_id_reused", "sequence_reused", "sequence_gap"}
    assert set(DESCRIPTORS) | elsewhere == set(EXPORT_CODES)


def test_a_file_that_is_not_declared_refuses_the_export(home, tmp_path):
    place = Export(entities=PERSONS).write(tmp_path)
    (place / "data" / "notes.csv").write_text("a;b\n")
    (receipt,) = ingest(home, [place])
    assert (receipt.status, codes(receipt)) == ("refused", {"file_undeclared"})


def test_half_uploaded_and_hidden_files_are_not_part_of_an_export(home, tmp_path):
    place = Export(entities=PERSONS).write(tmp_path)
    (place / ".DS_Store").write_bytes(b"x")
    (place / "data" / "voucher.csv.part").write_bytes(b"x")
    (receipt,) = ingest(home, [place])
    assert receipt.status == "accepted"


def test_an_accepted_id_with_other_bytes_is_reused(home, tmp_path):
    ingest(home, [Export(entities=PERSONS).write(tmp_path / "a")])
    (receipt,) = ingest(home, [Export(entities={"person": rows("person", 4)}).write(tmp_path / "b")])
    assert (receipt.status, codes(receipt)) == ("refused", {"export_id_reused"})


def test_an_accepted_sequence_under_another_id_is_reused(home, tmp_path):
    ingest(home, [Export(entities=PERSONS).write(tmp_path / "a")])
    (receipt,) = ingest(home, [Export(export_id="rho-other", entities=PERSONS).write(tmp_path / "b")])
    assert (receipt.status, codes(receipt)) == ("refused", {"sequence_reused"})


def test_all_errors_of_an_export_are_told_at_once(home, tmp_path):
    def spoil(descriptor):
        descriptor["welfare"].update(version="7.0", instance="atlantide")
        descriptor["resources"][0].update(rows=99)
        descriptor["resources"][1].update(name="treasure")

    entities = {
        "voucher": [*rows("voucher", 2), row("voucher", "B", status="LOST")],
        "person": rows("person", 2),
    }
    (receipt,) = ingest(home, [Export(entities=entities, spoil=spoil).write(tmp_path)])
    assert codes(receipt) == {
        "contract_unknown",
        "instance_unknown",
        "entity_unknown",
        "row_count_mismatch",
        "too_many_bad_rows",
        "enum_unknown",
    }


MALFORMED_DESCRIPTORS = {
    "no JSON": b"{",
    "not an object": b"[]",
    "duplicate keys": b'{"name": "a", "name": "b"}',
    "nested over 100 levels": b'{"a":' + b"[" * 101 + b"]" * 101 + b"}",
    "nested without end": b"[" * 100_000,
    "not a number": b'{"a": NaN}',
    "not UTF-8": b'{"a": "\xec"}',
    "strings without end": b'"' * 50_001,
}


@pytest.mark.parametrize("what", MALFORMED_DESCRIPTORS)
def test_a_descriptor_that_cannot_be_read_is_answered_under_unknown(home, tmp_path, what):
    place = Export(entities=PERSONS).write(tmp_path)
    (place / "datapackage.json").write_bytes(MALFORMED_DESCRIPTORS[what])
    (receipt,) = ingest(home, [place])
    assert (receipt.status, codes(receipt)) == ("refused", {"manifest_unreadable"})
    assert receipt.path.parent.name == "_unknown"


WRONG_TYPES = {
    "an entity twice": lambda d: d["resources"].append(dict(d["resources"][0], path="data/b.csv")),
    "a path twice": lambda d: d["resources"].append(dict(d["resources"][0], name="voucher")),
    "negative rows": resource({"rows": -1}),
    "negative bytes": resource({"bytes": -1}),
    "rows as text": resource({"rows": "3"}),
    "rows as truth": resource({"rows": True}),
    "a hash that is not sha256": resource({"hash": "md5:" + "0" * 32}),
    "a number for a control total": resource({"controlTotals": {"face_value": 3}}),
    "a path that is a list": resource({"path": ["a.csv"]}),
    "an erasure of something else": welfare({"erasures": [{"entity": "voucher", "record_id": "V-1"}]}),
    "sequence zero": welfare({"sequence": 0}),
    "sequence as text": welfare({"sequence": "1"}),
    "a mode of its own": welfare({"mode": "partial"}),
    "a period backwards": welfare({"period": {"from": "2026-10-31", "to": "2026-10-01"}}),
    "created without offset": lambda d: d.update(created="2026-11-03T02:10:00"),
    "resources as object": lambda d: d.update(resources={}),
    "an export_id with a slash": welfare({"export_id": "../../etc"}),
    "an instance in capitals": welfare({"instance": "Rho"}),
}


@pytest.mark.parametrize("what", WRONG_TYPES)
def test_a_wrong_type_anywhere_makes_the_descriptor_unreadable(home, tmp_path, what):
    place = Export(entities=PERSONS, spoil=WRONG_TYPES[what]).write(tmp_path)
    (receipt,) = ingest(home, [place])
    assert (receipt.status, codes(receipt)) == ("refused", {"manifest_unreadable"})
    assert not (home.root.parent / "etc").exists()


def test_a_missing_descriptor_is_unreadable(home, tmp_path):
    place = Export(entities=PERSONS).write(tmp_path)
    (place / "datapackage.json").unlink()
    (receipt,) = ingest(home, [place / "data"])
    assert codes(receipt) == {"manifest_unreadable"}


def test_unknown_properties_are_ignored(home, tmp_path):
    (receipt,) = ingest(home, [spoiled(lambda d: d.update(licences=[1, {"x": None}])).write(tmp_path)])
    assert receipt.status == "accepted"


def hostile_zip(entries: list[tuple[str, bytes]], **attributes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = attributes.get("mode", 0o100644) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def good_entries() -> list[tuple[str, bytes]]:
    return list(Export(entities=PERSONS).files().items())


HOSTILE_ZIPS = {
    "an entry outside": lambda: hostile_zip([*good_entries(), ("../../evil.csv", b"x")]),
    "an absolute entry": lambda: hostile_zip([*good_entries(), ("/evil.csv", b"x")]),
    "a link": lambda: hostile_zip(good_entries(), mode=0o120777),
    "an entry twice": lambda: hostile_zip([*good_entries(), ("DATA/PERSON.CSV", b"x")]),
    "a bomb": lambda: hostile_zip([*good_entries(), ("data/bomb.csv", b"0" * (101 * 1024 * 1024))]),
    "truncated": lambda: hostile_zip(good_entries())[:-60],
    "not a zip": lambda: b"PK\x03\x04 no",
}


@pytest.mark.parametrize("what", HOSTILE_ZIPS)
def test_an_unsafe_archive_is_refused_and_leaves_nothing(home, tmp_path, what):
    place = tmp_path / "in" / "rho-2026-10-0001.zip"
    place.parent.mkdir()
    place.write_bytes(HOSTILE_ZIPS[what]())
    (receipt,) = ingest(home, [place])
    assert (receipt.status, codes(receipt)) == ("refused", {"archive_unsafe"})
    assert not list(tmp_path.glob("**/evil.csv"))
    assert not home.landing_work.exists()


def test_an_entry_larger_than_its_header_says_is_unsafe(home, tmp_path):
    place = Export(entities=PERSONS).write_zip(tmp_path)
    content = place.read_bytes()
    size = len(Export(entities=PERSONS).files()["data/person.csv"])
    place.write_bytes(content.replace(size.to_bytes(4, "little"), (size - 3).to_bytes(4, "little")))
    (receipt,) = ingest(home, [place])
    assert codes(receipt) == {"archive_unsafe"}


def test_a_link_in_a_folder_is_unsafe(home, tmp_path):
    place = Export(entities=PERSONS).write(tmp_path)
    secret = tmp_path / "secret.csv"
    secret.write_bytes((place / "data/person.csv").read_bytes())
    (place / "data/person.csv").unlink()
    (place / "data/person.csv").symlink_to(secret)
    (receipt,) = ingest(home, [place])
    assert "archive_unsafe" in codes(receipt)
    assert nothing_loaded(home)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "a/../../b.csv", "https://example.org/a.csv", "C:\\a.csv", "..\\a.csv"]
)
def test_a_path_that_leads_outside_is_unsafe(home, tmp_path, path):
    (receipt,) = ingest(home, [spoiled(resource({"path": path})).write(tmp_path)])
    assert "archive_unsafe" in codes(receipt)


def test_a_truncated_gzip_is_not_read_in_part(home, tmp_path):
    export = Export(entities={"voucher": rows("voucher", 400)}, formats={"voucher": "csv.gz"})
    files = export.files()
    cut = files["data/voucher.csv.gz"][:-20]

    def spoil(descriptor):
        import hashlib

        descriptor["resources"][0].update(bytes=len(cut), hash="sha256:" + hashlib.sha256(cut).hexdigest())

    export.spoil = spoil
    place = export.write(tmp_path)
    (place / "data/voucher.csv.gz").write_bytes(cut)
    (receipt,) = ingest(home, [place])
    assert (receipt.status, codes(receipt)) == ("refused", {"encoding_wrong"})


@pytest.mark.parametrize(
    ("kind", "content"), [("parquet", b"PAR1 not parquet PAR1"), ("csv", b"a\0b;c\n"), ("xlsx", b"PK")]
)
def test_a_file_that_is_not_its_format_is_encoding_wrong(home, tmp_path, kind, content):
    export = Export(entities=PERSONS, rewrite={"person": lambda _: content}, spoil=resource({"format": kind}))
    (receipt,) = ingest(home, [export.write(tmp_path)])
    assert "encoding_wrong" in codes(receipt)


def test_a_hash_in_capitals_is_the_same_hash(home, tmp_path):
    def upper(descriptor):
        declared = descriptor["resources"][0]
        declared["hash"] = "sha256:" + declared["hash"][7:].upper()

    (receipt,) = ingest(home, [spoiled(upper).write(tmp_path)])
    assert receipt.status == "accepted"


def test_a_refused_export_may_come_again_corrected(home, tmp_path):
    ingest(home, [spoiled(resource({"rows": 9})).write(tmp_path / "a")])
    (receipt,) = ingest(home, [Export(entities=PERSONS).write(tmp_path / "b")])
    assert receipt.status == "accepted"
    earlier = json.loads((home.outbox / "rho" / "rho-2026-10-0001.1.receipt.json").read_text())
    assert earlier["status"] == "refused"
    assert json.loads(receipt.path.read_text())["status"] == "accepted"


def test_the_names_of_a_file_without_header_are_not_told(home, tmp_path):
    export = header(lambda content: content.split(b"\n", 1)[1].replace(b"NONE;", b"CF;RSSMRA85T10A562S", 1))
    (receipt,) = ingest(home, [export.write(tmp_path)])
    assert {"column_missing", "column_unknown"} <= codes(receipt)
    assert "RSSMRA85T10A562S" not in receipt.path.read_text()
