"""A year that somebody typed wrong stays at ingestion: a row goes to quarantine with its place, an export
whose own days are impossible is refused with a sentence.
"""

from datetime import date

import pytest

from ingestion.contract.schema import VERSIONS, load_contract
from ingestion.loading.ingest import ingest
from tests.support.exports import Export, row, rows, without_euro
from tests.support.raw_quarantine import quarantine

# Entity, what a row says, the column named.
IMPLAUSIBLE = [
    ("service_delivery", {"start_date": "0025-03-10"}, "start_date"),
    ("service_delivery", {"start_date": "1925-03-10"}, "start_date"),
    ("service_delivery", {"start_date": "2205-03-10"}, "start_date"),
    ("service_delivery", {"start_date": "9999-12-31"}, "start_date"),
    # More than a year after the export was made, on 3 November 2026.
    ("service_delivery", {"start_date": "2028-02-29"}, "start_date"),
    ("service_delivery", {"end_date": "2062-10-01"}, "end_date"),
    ("payment", {"value_date": "0202-10-01"}, "value_date"),
    ("payment", {"order_date": "3026-10-01"}, "order_date"),
    ("grant", {"deliberated_on": "0202-01-31"}, "deliberated_on"),
    ("grant", {"ends_on": "9999-12-31"}, "ends_on"),
    ("grant_line", {"entry_date": "0206-01-31"}, "entry_date"),
    ("grant_line", {"doc_date": "2206-01-31"}, "doc_date"),
    ("voucher", {"expires_on": "2226-01-31"}, "expires_on"),
    ("voucher_event", {"event_at": "0026-10-05T10:00:00+02:00"}, "event_at"),
    ("voucher_event", {"event_at": "2029-10-05T10:00:00+02:00"}, "event_at"),
    ("request", {"received_at": "1026-10-05T10:00:00Z"}, "received_at"),
    ("person", {"birth_date": "1825-12-10"}, "birth_date"),
    ("person", {"birth_date": "0085-12-10"}, "birth_date"),
    # After the day on which the row was written.
    ("person", {"birth_date": "2026-12-10"}, "birth_date"),
    ("person", {"updated_at": "0026-10-05T10:00:00+02:00"}, "updated_at"),
    ("corporate_plan", {"year": "2205"}, "year"),
    ("organisation", {"active_from": "0025-01-01"}, "active_from"),
    ("household_member", {"valid_from": "1825-01-01"}, "valid_from"),
]
PLAUSIBLE = [
    ("service_delivery", {"start_date": "2000-01-01"}),
    ("service_delivery", {"start_date": "2024-02-29"}),
    ("service_delivery", {"start_date": "2027-10-01", "end_date": "2027-10-02"}),
    ("grant", {"ends_on": "2046-12-31"}),
    ("voucher", {"expires_on": "2031-12-31"}),
    ("person", {"birth_date": "1900-01-01"}),
    ("person", {"birth_date": "2026-10-05"}),
    ("organisation", {"active_from": "1456-04-12", "active_to": "9999-12-31"}),
    ("service", {"valid_from": "1900-01-01", "valid_to": "9999-12-31"}),
    ("household_member", {"valid_from": "1950-02-28"}),
]


def test_an_implausible_day_sets_its_row_aside_and_no_other(home, tmp_path):
    entities, expected = {}, []
    for name, values, column in IMPLAUSIBLE:
        records = entities.setdefault(name, rows(name, 500))
        records.append(row(name, f"BAD-{len(records)}", **(without_euro(name) | values)))
        expected.append((name, len(records) + 1, column, "out_of_range"))
    (receipt,) = ingest(home, [Export(entities=entities).write(tmp_path)])
    assert receipt.status == "accepted", receipt.errors[:3]
    assert quarantine(home) == sorted(expected)
    assert all("20" in error["message_it"] for error in receipt.errors)


def test_a_large_file_is_held_to_the_same_days(home, tmp_path, monkeypatch):
    monkeypatch.setattr("ingestion.validation.file_reading.LARGE_FILE", -1)
    test_an_implausible_day_sets_its_row_aside_and_no_other(home, tmp_path)


def test_what_is_rare_but_possible_loads(home, tmp_path):
    entities = {}
    for name, values in PLAUSIBLE:
        entities.setdefault(name, []).append(row(name, f"OLD-{len(entities.get(name, ()))}", **values))
    (receipt,) = ingest(home, [Export(entities=entities).write(tmp_path)])
    assert (receipt.status, receipt.errors) == ("accepted", ())


@pytest.mark.parametrize(
    ("days", "column"),
    [
        ({"from": "0025-01-01"}, "welfare.period.from"),
        ({"from": "1925-01-01"}, "welfare.period.from"),
        ({"to": "2205-10-31"}, "welfare.period.to"),
        ({"to": "9999-12-31"}, "welfare.period.to"),
        # A month and a day after the export was made.
        ({"to": "2026-12-05"}, "welfare.period.to"),
        ({"created": "2205-11-03T02:10:00+01:00"}, "created"),
        # Longer than any history.
        ({"created": "2048-11-03T02:10:00Z", "from": "2001-01-01"}, "welfare.period.from"),
    ],
)
def test_an_export_of_impossible_days_is_refused_with_a_sentence(home, tmp_path, days, column):
    def spoil(descriptor: dict) -> None:
        descriptor["created"] = days.get("created", descriptor["created"])
        descriptor["welfare"]["period"]["to"] = f"{descriptor['created'][:7]}-01"
        descriptor["welfare"]["period"] |= {key: day for key, day in days.items() if key != "created"}

    (receipt,) = ingest(home, [Export(entities={"person": [row("person")]}, spoil=spoil).write(tmp_path)])
    assert receipt.status == "refused"
    assert ("out_of_range", "datapackage.json", column) in {
        (error["code"], error["file"], error["column"]) for error in receipt.errors
    }
    assert "2000-01-01" in receipt.errors[0]["message_it"] and "2049-12-31" in receipt.errors[0]["message_en"]
    assert not list(home.raw.glob("instance=*"))


def test_a_period_may_be_long_and_end_in_a_few_days(home, tmp_path):
    def spoil(descriptor: dict) -> None:
        descriptor["welfare"]["period"] = {"from": "2004-02-29", "to": "2026-11-30"}

    (receipt,) = ingest(home, [Export(entities={"person": [row("person")]}, spoil=spoil).write(tmp_path)])
    assert receipt.status == "accepted"


def test_every_version_bounds_every_day_and_tells_it_in_its_schemas():
    for version in VERSIONS:
        contract = load_contract(version)
        for entity in contract.entities.values():
            schema = contract.schemas[entity.name]
            told = {field["name"]: field.get("constraints", {}) for field in schema["fields"]}
            for field in entity.fields:
                assert (field.bounds is not None) == (field.type in ("date", "datetime"))
                if field.type == "date":
                    assert told[field.name]["minimum"] == field.bounds.first.isoformat()
        assert contract.period.first == date(2000, 1, 1)
