"""A version of the contract adds to the one before, and one history runs over both."""

from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from core.errors import VetroError
from core.settings import Settings
from ingestion.contract.migration import migrated
from ingestion.contract.schema import CURRENT_VERSION, VERSIONS, load_contract
from ingestion.loading.ingest import ingest
from orchestration.warehouse import Warehouse
from tests.support.exports import Export, row, rows
from tests.support.parsed_project import put_parsed_project

BOOKED = {"booking": [row("booking", "B-1"), row("booking", "B-2")]}
ALREADY = {"entity": "person", "column": "sex", "value": "M"}
MEMBER = {"household_member": [*rows("household_member", 99), row("household_member", "M", role="PARENT")]}


def send(home, folder, sequence, version, entities, **more):
    export = Export(sequence=sequence, version=version, entities=entities, **more)
    (receipt,) = ingest(home, [export.write(folder)])
    return receipt


def bookings(home):
    files = home.raw / "instance=rho" / "*" / "booking.parquet"
    return duckdb.sql(
        f"select record_id, channel from read_parquet('{files}', hive_partitioning = true) "
        "order by export, record_id"
    ).fetchall()


def add_columns(schemas, place=Path("v9/migration.yaml"), **field):
    change = {"add_column": {"entity": "booking", "field": {"type": "string", **field}}}
    return migrated(
        schemas,
        {"version": "9", "follows": "8", "changes": [change]},
        follows="8",
        version="9",
        place=place,
    )


def test_a_version_adds_columns_and_values_and_takes_nothing_away():
    for before, after in pairwise(VERSIONS):
        earlier, later = load_contract(before), load_contract(after)
        assert set(earlier.entities) == set(later.entities)
        for name, entity in earlier.entities.items():
            kept = later.entities[name].fields[: len(entity.fields)]
            assert [field.name for field in kept] == list(entity.columns)
            for field, same in zip(entity.fields, kept, strict=True):
                assert set(field.enum) <= set(same.enum)
                assert (field.type, field.required) == (same.type, same.required)
                assert field.personal == same.personal
            assert not any(field.required or field.personal for field in entity.later)


def test_the_current_version_brings_the_channel_of_a_booking_and_parents_in_a_household():
    first, current = load_contract("1.0").entities, load_contract(CURRENT_VERSION).entities
    assert not first["booking"].has("channel") and current["booking"].has("channel")
    assert "PARENT" not in first["household_member"].field("role").enum
    assert "PARENT" in current["household_member"].field("role").enum


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "jsonl", "parquet"])
def test_exports_of_every_version_are_accepted_and_the_raw_layer_has_one_shape(home, tmp_path, kind):
    told = {"booking": [row("booking", "B-3", channel="APP")]}
    assert send(home, tmp_path, 1, "1.0", BOOKED, formats={"booking": kind}).status == "accepted"
    assert send(home, tmp_path, 2, "1.1", told, formats={"booking": kind}).status == "accepted"
    assert bookings(home) == [("B-1", None), ("B-2", None), ("B-3", "APP")]
    shapes = {
        str(pq.read_schema(path).names) for path in home.raw.glob("instance=rho/export=*/booking.parquet")
    }
    assert len(shapes) == 1
    versions = duckdb.sql(
        f"select contract_version from '{home.raw}/instance=rho/*/_export.parquet' order by sequence"
    ).fetchall()
    assert versions == [("1.0",), ("1.1",)]


def test_a_row_sent_again_under_the_later_version_is_known_where_it_says_nothing_new(home, tmp_path):
    send(home, tmp_path, 1, "1.0", BOOKED)
    receipt = send(
        home, tmp_path, 2, "1.1", {"booking": [row("booking", "B-1"), row("booking", "B-2", channel="WEB")]}
    )
    assert receipt.counts["booking"] == {"received": 2, "loaded": 1, "known": 1, "quarantined": 0}


def test_a_large_file_of_the_first_version_is_read_into_todays_shape(home, tmp_path, monkeypatch):
    monkeypatch.setattr("ingestion.validation.file_reading.LARGE_FILE", 1)
    send(home, tmp_path, 1, "1.0", BOOKED)
    receipt = send(home, tmp_path, 2, "1.0", {"booking": [*BOOKED["booking"], row("booking", "B-3")]})
    assert receipt.counts["booking"] == {"received": 3, "loaded": 1, "known": 2, "quarantined": 0}


def test_an_export_is_held_to_the_version_it_declares(home, tmp_path):
    told = {"booking": [row("booking", "B-1", channel="WEB")]}
    columns = list(load_contract("1.1").entities["booking"].columns)
    header = ";".join(columns[:-1]).encode()
    as_later = {"booking": lambda content: content.replace(header, ";".join(columns).encode())}
    refused = send(home, tmp_path / "1", 1, "1.0", told, rewrite=as_later)
    assert ("column_unknown", "channel") in {(e["code"], e["column"]) for e in refused.errors}
    early = send(home, tmp_path / "2", 1, "1.0", MEMBER)
    assert [(e["code"], e["column"], e["line"]) for e in early.errors] == [("enum_unknown", "role", 101)]
    late = send(home, tmp_path / "3", 2, "1.1", MEMBER)
    assert late.counts["household_member"] == {"received": 100, "loaded": 1, "known": 99, "quarantined": 0}
    without = {"booking": lambda content: content.replace(b";channel", b"").replace(b";BOOKED;", b";BOOKED")}
    missing = send(home, tmp_path / "4", 3, "1.1", {"booking": rows("booking", 2)}, rewrite=without)
    assert ("column_missing", "channel") in {(e["code"], e["column"]) for e in missing.errors}


def forget_later_columns(home, export):
    """Make an export's file what an earlier release, which knew no later version, would have written."""
    path = home.raw / "instance=rho" / f"export={export}" / "booking.parquet"
    table = pq.read_table(path, partitioning=None)
    pq.write_table(table.drop_columns(["channel"]), path)


def test_what_was_stored_before_a_version_came_is_still_compared_with(home, tmp_path):
    send(home, tmp_path, 1, "1.0", BOOKED)
    forget_later_columns(home, "rho-2026-10-0001")
    again = send(home, tmp_path, 2, "1.0", BOOKED)
    assert again.counts["booking"]["known"] == 2
    receipt = send(home, tmp_path, 3, "1.1", {"booking": [row("booking", "B-1"), row("booking", "B-2")]})
    assert receipt.counts["booking"]["known"] == 2


def test_the_warehouse_is_built_over_exports_of_both_versions_and_of_earlier_releases(home, tmp_path):
    people = {"person": [row("person", "PERSON_ID-1")]}
    send(home, tmp_path, 1, "1.0", BOOKED | people)
    forget_later_columns(home, "rho-2026-10-0001")
    put_parsed_project(home)
    warehouse = Warehouse(Settings(home=home.root, memory="1GB", threads=2))
    warehouse.parse()
    query = "select record_id, channel from staging.stg_booking order by record_id, channel nulls first"

    def staged():
        report = warehouse.invoke(["run", "--select", "stg_export", "stg_booking", "stg_household_member"])
        assert report.success
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()

    assert staged() == [("B-1", None), ("B-2", None)]
    send(home, tmp_path, 2, "1.1", {"booking": [row("booking", "B-2", channel="PHONE")]})
    assert staged() == [("B-1", None), ("B-2", "PHONE")]


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ({"name": "note", "constraints": {"required": True}}, "required"),
        ({"name": "note", "personal": "direct"}, "personal"),
        ({"name": "operator_id"}, "reference"),
        ({"name": "status"}, "already"),
        ({"name": "fee", "type": "number"}, "decimals"),
        ({"name": "note", "type": "text"}, "type"),
        ({}, "its name"),
    ],
)
def test_a_migration_adds_only_what_no_earlier_export_can_lack(field, word):
    with pytest.raises(VetroError, match=f"v9/migration.yaml, change 1.*{word}"):
        add_columns(load_contract().schemas, **field)


def test_a_migration_leaves_the_version_before_as_it_is():
    schemas = load_contract("1.0").schemas
    before = len(schemas["booking"]["fields"])
    assert len(add_columns(schemas, name="note")["booking"]["fields"]) == before + 1
    assert len(schemas["booking"]["fields"]) == before


@pytest.mark.parametrize(
    "migration",
    [
        None,
        {"version": "9", "follows": "7"},
        {"version": "9", "follows": "8", "changes": ["add"]},
        {"version": "9", "follows": "8", "changes": [{"remove_column": {}}]},
        {"version": "9", "follows": "8", "changes": [{"add_value": ALREADY}]},
        {"version": "9", "follows": "8", "changes": [{"add_value": {"entity": "nobody"}}]},
    ],
)  # fmt: skip
def test_a_migration_that_cannot_be_applied_is_told_with_its_place(migration):
    with pytest.raises(VetroError, match=r"v9/migration\.yaml"):
        migrated(
            load_contract().schemas, migration, follows="8", version="9", place=Path("v9/migration.yaml")
        )
