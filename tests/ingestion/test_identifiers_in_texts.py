"""A row whose texts identify a person stays at ingestion, whichever text and however it is written."""

import pytest

from ingestion.contract.schema import load_contract
from ingestion.loading.ingest import ingest
from ingestion.privacy.direct_identifiers import IDENTIFIER, TEXT, searched_as
from tests.support.exports import Export, row, rows, without_euro
from tests.support.raw_quarantine import quarantine
from tests.support.traces import files_with

CODE = "ZZXZDB80A41X777M"
SPACED = "ZZXZDB 80A41 X777M"
IBAN = "IT60X0542811101000000123456"

SAID = [
    ("service_delivery", {"record_id": f"DOM/2025/{CODE}"}, "record_id"),
    ("service_delivery", {"record_id": "zzxzdb80a41x777m.1"}, "record_id"),
    ("service_delivery", {"person_id": f"UT-{CODE}"}, "person_id"),
    ("service_delivery", {"booking_id": f"PREN {CODE}"}, "booking_id"),
    ("service_delivery", {"request_id": SPACED}, "request_id"),
    ("service_delivery", {"request_id": "UT-3331234567"}, "request_id"),
    ("payment", {"spending_type": f"sussidio {CODE}"}, "spending_type"),
    ("payment", {"spending_type": f"accredito su {IBAN}"}, "spending_type"),
    ("grant", {"title": f"Sostegno a Rossi Maria ({SPACED.replace(' ', '.')})"}, "title"),
    ("grant", {"description": "Scrivere a maria.rossi@example.it"}, "description"),
    ("grant", {"description": "Per informazioni 02 12345678"}, "description"),
    ("grant", {"act_number": f"15/{CODE}"}, "act_number"),
    ("grant", {"office": "Servizi sociali, tel. 0212345678"}, "office"),
    ("organisation", {"name": f"Assistenza a {CODE}"}, "name"),
    ("outcome_indicator", {"code": f"UT_{CODE}"}, "code"),
    ("grant_line", {"doc_ref": f"01234567897/{IBAN}/2026-03-02"}, "doc_ref"),
    ("call", {"responsible_officer": "M. Rossi m.rossi@example.it"}, "responsible_officer"),
]
INNOCENT = [
    ("service_delivery", {"record_id": "D-2025-03-0012345678"}),
    ("service_delivery", {"request_id": "SC-345-1234567", "booking_id": "02/1234567"}),
    ("payment", {"spending_type": "sussidio 2026", "cig": "3331234567", "cup": "J31B20000030001"}),
    ("grant", {"title": "Sportello 2024-2026, fattura 3331234567", "act_number": "3331234567"}),
    ("grant", {"description": "euro 333.123,45 dal 01/02/2026; CIG 3331234567"}),
    ("organisation", {"name": "Parrocchia di S. Vittore - C.F. 90000000118"}),
    ("grant_line", {"doc_ref": "01234567897/3331234567/2026-03-02"}),
]


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
def test_a_text_that_identifies_somebody_sets_its_row_aside(home, tmp_path, monkeypatch, large):
    if large:
        monkeypatch.setattr("ingestion.validation.file_reading.LARGE_FILE", -1)
    entities, expected = {}, []
    for name, values, column in SAID:
        records = entities.setdefault(name, rows(name, 500))
        records.append(row(name, **(without_euro(name) | {"record_id": f"BAD-{len(records)}"} | values)))
        expected.append((name, len(records) + 1, column, "pattern_wrong"))
    (receipt,) = ingest(home, [Export(entities=entities).write(tmp_path)])
    assert receipt.status == "accepted", receipt.errors[:3]
    assert quarantine(home) == sorted(expected)
    assert {error["code"] for error in receipt.errors} == {"pattern_wrong"}
    for folder in (home.raw, home.outbox):
        assert files_with(folder, [CODE, SPACED, IBAN, "rossi@example.it", "3331234567"]) == []


def test_what_only_looks_like_it_loads(home, tmp_path):
    entities = {}
    for name, values in INNOCENT:
        made = row(name, **({"record_id": f"GOOD-{len(entities.get(name, ()))}"} | values))
        entities.setdefault(name, []).append(made)
    (receipt,) = ingest(home, [Export(entities=entities).write(tmp_path)])
    assert (receipt.status, receipt.errors) == ("accepted", ())


def test_every_open_text_of_every_entity_is_watched(home, tmp_path):
    entities, expected = {}, []
    for name, entity in load_contract().entities.items():
        records = entities.setdefault(name, rows(name, 600))
        for field in entity.fields:
            place = searched_as(entity, field)
            # A supplier's code in a receipt becomes a pseudonym.
            if place and not field.pattern and field.name != "doc_ref":
                said = f"n. {CODE}" if place == TEXT else f"X-{CODE}-{len(records)}"
                bad = {"record_id": f"BAD-{len(records)}"} | {field.name: said}
                records.append(row(name, **(without_euro(name) | bad)))
                expected.append((name, len(records) + 1, field.name, "pattern_wrong"))
            assert place or not field.is_identifier or place == IDENTIFIER
    (receipt,) = ingest(home, [Export(entities=entities).write(tmp_path)])
    assert receipt.status == "accepted", receipt.errors[:3]
    found = quarantine(home)
    assert set(expected) <= set(found)
    assert files_with(home.raw, [CODE]) == []


def test_the_name_of_a_file_is_kept_without_it(home, tmp_path):
    services = [row("service"), row("service", "S-2", unit="NONE"), *rows("service", 99)]
    folder = Export(entities={"service": services}).write(tmp_path)
    named = f"data/servizi-{CODE}.csv"
    (folder / "data/service.csv").rename(folder / named)
    descriptor = folder / "datapackage.json"
    descriptor.write_text(descriptor.read_text().replace("data/service.csv", named))
    (receipt,) = ingest(home, [folder])
    assert receipt.status == "accepted"
    assert [error["file"] for error in receipt.errors] == ["data/servizi-_.csv"]
    assert files_with(home.raw, [CODE]) == files_with(home.outbox, [CODE]) == []


def test_an_export_may_not_be_called_by_it(home, tmp_path):
    export = Export(entities={"person": [row("person")]}, export_id=f"rho-{CODE.lower()}")
    (receipt,) = ingest(home, [export.write(tmp_path)])
    assert receipt.status == "refused"
    assert {error["code"] for error in receipt.errors} == {"manifest_unreadable"}
    assert "export_id" in receipt.errors[0]["message_it"]
    assert not [path for path in home.outbox.rglob("*") if CODE.lower() in path.name.lower()]
    assert files_with(home.outbox, [CODE]) == files_with(home.raw, [CODE]) == []
