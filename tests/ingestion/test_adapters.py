"""Foreign files at ingestion: whose they are, in which order, exactly once, and with nothing left behind."""

import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.home import VetroHome
from core.yaml_models import FileUnusable
from ingestion.instances import register_instances
from ingestion.landing.exports import PathUnusable
from ingestion.loading.ingest import ingest, waive
from ingestion.loading.landing_retention import LandingPolicy, age_out
from ingestion.raw.layer import committed_exports
from tests.ingestion.malformed_exports.malformed import required
from tests.support.exports import CODICE_FISCALE, RHO, Export, make_home, row, rows

HEADER = "ID;IMPORTO\r\n"
MAPPING = {
    "export": {"period": {"from": date(2026, 10, 1), "to": date(2026, 10, 31)}},
    "reading": {"delimiter": ";", "decimal": ",", "thousands": ".", "encoding": ["utf-8", "cp1252"]},
    "files": {"payments": {"match": "pagamenti*.csv"}},
    "entities": {
        "payment": {
            "from": "payments",
            "columns": required("payment") | {"record_id": "ID", "amount": "IMPORTO"},
        }
    },
}


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    """A home in which rho sends the contract and arese sends what it has."""
    home = make_home(tmp_path / "home")
    register_instances(home, {"arese": RHO | {"mapping": "arese"}})
    write_mapping(home, MAPPING)
    return home


def write_mapping(home: VetroHome, mapping: dict, name: str = "arese") -> None:
    home.mappings.mkdir(exist_ok=True)
    (home.mappings / f"{name}.yaml").write_text(yaml.safe_dump(mapping, sort_keys=False), encoding="utf-8")


def deliver(home: VetroHome, name: str, text: str = HEADER + "P1;1.234,56\r\n") -> Path:
    folder = home.landing / "arese" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pagamenti.csv").write_bytes(text.encode())
    return folder


def statuses(receipts) -> list[str]:
    return [receipt.status for receipt in receipts]


def amounts(home: VetroHome, instance: str = "arese") -> list[tuple]:
    raw = f"{home.raw}/instance={instance}/export=*/payment.parquet"
    return duckdb.sql(f"select record_id, amount::varchar from read_parquet('{raw}') order by all").fetchall()


def sequences(home: VetroHome) -> list[int]:
    return [export.sequence for export in committed_exports(home, "arese").values()]


def test_deliveries_take_the_sequences_in_the_order_of_their_names(home: VetroHome) -> None:
    deliver(home, "2026-11", HEADER + "P2;2,00\r\n")
    deliver(home, "2026-10", HEADER + "P1;1,00\r\n")
    receipts = ingest(home)
    assert statuses(receipts) == ["accepted", "accepted"]
    exports = list(committed_exports(home, "arese").values())
    assert [(export.sequence, export.export_id) for export in exports] == [
        (1, receipts[0].export_id),
        (2, receipts[1].export_id),
    ]
    assert amounts(home) == [("P1", "1.00"), ("P2", "2.00")]


def test_the_same_bytes_again_are_known_under_any_name_and_in_any_wrapping(
    home: VetroHome, tmp_path: Path
) -> None:
    folder = deliver(home, "2026-10")
    first = ingest(home)
    assert statuses(first) == ["accepted"]
    assert statuses(ingest(home)) == ["known"]
    (home.landing / ".seen.json").unlink()
    folder.rename(folder.with_name("ancora"))
    archive = tmp_path / "ottobre.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(folder.with_name("ancora") / "pagamenti.csv", "pagamenti.csv")
    again = [*ingest(home), *ingest(home, [archive], instance="arese")]
    assert statuses(again) == ["known", "known"]
    assert {receipt.export_id for receipt in again} == {first[0].export_id}
    assert sequences(home) == [1]


def test_one_file_alone_is_a_delivery(home: VetroHome, tmp_path: Path) -> None:
    (home.landing / "arese").mkdir()
    (home.landing / "arese" / "pagamenti-10.csv").write_text(HEADER + "P1;1,00\n", encoding="utf-8")
    (tmp_path / "pagamenti-11.csv").write_text(HEADER + "P2;2,00\n", encoding="utf-8")
    assert statuses(ingest(home)) == ["accepted"]
    assert statuses(ingest(home, [tmp_path / "pagamenti-11.csv"], instance="arese")) == ["accepted"]
    assert [name for name, _ in amounts(home)] == ["P1", "P2"]


def test_a_delivery_being_uploaded_is_left_alone(home: VetroHome) -> None:
    deliver(home, "2026-10.part")
    deliver(home, ".2026-11")
    assert ingest(home) == []


def test_what_is_refused_takes_no_sequence_and_may_come_corrected(home: VetroHome) -> None:
    folder = deliver(home, "2026-10", HEADER + "P1;uno\r\n")
    deliver(home, "2026-11", HEADER + "P2;2,00\r\n")
    assert statuses(ingest(home)) == ["refused", "accepted"]
    assert sequences(home) == [1]
    deliver(home, folder.name, HEADER + "P1;1,00\r\n")
    assert statuses(ingest(home)) == ["accepted", "known"]
    assert sequences(home) == [1, 2]


def test_a_waived_sequence_is_not_taken(home: VetroHome) -> None:
    waive(home, "arese", 1)
    deliver(home, "2026-10")
    assert statuses(ingest(home)) == ["accepted"]
    assert sequences(home) == [2]


def test_an_instance_with_a_mapping_may_send_the_contract_too(home: VetroHome) -> None:
    deliver(home, "2026-10")
    Export(instance="arese", entities={"payment": rows("payment", 2)}).write(home.landing / "arese")
    Export(entities={"payment": rows("payment", 2)}).write(home.landing / "rho")
    assert statuses(ingest(home)) == ["accepted"] * 3
    assert sequences(home) == [1, 2]
    assert [name for name, _ in amounts(home)] == ["G-1", "G-2", "P1"]


def test_rows_and_errors_tell_file_and_line_of_the_sender(home: VetroHome) -> None:
    good = "".join(f"P{n};1,00\r\n" for n in range(90))
    folder = deliver(home, "2026-10", HEADER + good)
    (folder / "pagamenti-bis.csv").write_bytes((HEADER + "\r\nQ1;1,00\r\nQ2;;\r\nQ3;tre\r\n").encode())
    (receipt,) = ingest(home)
    assert receipt.status == "refused"  # two rows of 93 are too many
    assert {(e["code"], e["file"], e["line"]) for e in receipt.errors if e["line"]} == {
        ("row_malformed", "pagamenti-bis.csv", 4),
        ("type_wrong", "pagamenti-bis.csv", 5),
    }
    (folder / "pagamenti-bis.csv").write_bytes((HEADER + "\r\nQ1;1,00\r\nQ3;tre\r\n").encode())
    (receipt,) = ingest(home)
    assert (receipt.status, receipt.counts["payment"]["quarantined"]) == ("accepted", 1)
    assert [(e["code"], e["file"], e["line"]) for e in receipt.errors] == [
        ("type_wrong", "pagamenti-bis.csv", 4)
    ]
    export = f"{home.raw}/instance=arese/export={receipt.export_id}"
    told = duckdb.sql(
        f"select _file, _line from read_parquet('{export}/payment.parquet') where record_id in ('P7', 'Q1')"
    )
    assert sorted(told.fetchall()) == [("pagamenti-bis.csv", 3), ("pagamenti.csv", 9)]
    quarantine = duckdb.sql(
        f"select file, line, code from read_parquet('{export}/_quarantine.parquet')"
    ).fetchall()
    assert quarantine == [("pagamenti-bis.csv", 4, "type_wrong")]


def test_what_the_source_is_known_to_hold_is_compared(home: VetroHome) -> None:
    write_mapping(home, MAPPING | {"expect": {"payment": {"rows": "2", "totals": {"amount": "3.01"}}}})
    deliver(home, "2026-10", HEADER + "P1;1,00\r\nP2;2,00\r\n")
    deliver(home, "2026-11", HEADER + "P1;1,00\r\nP2;2,01\r\n")
    deliver(home, "2026-12", HEADER + "P9;3,01\r\n")
    first, second, third = ingest(home)
    assert (first.status, [e["code"] for e in first.errors]) == ("refused", ["control_total_mismatch"])
    assert second.status == "accepted"
    assert (third.status, [e["code"] for e in third.errors]) == ("refused", ["row_count_mismatch"])


def test_the_month_of_a_delivery_may_stand_in_its_name(home: VetroHome) -> None:
    write_mapping(
        home, MAPPING | {"export": {"period": {"from_name": "(?P<year>[0-9]{4})_(?P<month>[0-9]{2})"}}}
    )
    deliver(home, "dati_2024_02")
    deliver(home, "senza mese", HEADER + "P2;1,00\r\n")
    first, second = ingest(home)
    assert (first.status, second.status) == ("accepted", "refused")
    assert [(e["code"], e["file"]) for e in second.errors] == [("manifest_unreadable", "senza mese")]
    period = f"select period_from, period_to from read_parquet('{home.raw}/*/*/_export.parquet')"
    assert duckdb.sql(period).fetchall() == [(date(2024, 2, 1), date(2024, 2, 29))]


def test_a_full_export_lists_the_mandatory_entities_that_the_source_lacks(home: VetroHome) -> None:
    write_mapping(home, MAPPING | {"export": MAPPING["export"] | {"mode": "full"}})
    deliver(home, "2026-10")
    (receipt,) = ingest(home)
    assert receipt.status == "accepted"
    assert {name for name, count in receipt.counts.items() if not count["received"]} == {
        "allocation", "organisation", "person", "service", "service_delivery"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["../../fuori.csv", "pagamenti.csv/"])
def test_an_archive_that_leads_outside_is_refused(home: VetroHome, tmp_path: Path, name: str) -> None:
    archive = tmp_path / "ottobre.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("pagamenti.csv", HEADER)
        packed.writestr(name, HEADER)
    (receipt,) = ingest(home, [archive], instance="arese")
    assert (receipt.status, [e["code"] for e in receipt.errors]) == ("refused", ["archive_unsafe"])


def test_a_link_in_a_delivery_is_refused(home: VetroHome, tmp_path: Path) -> None:
    (tmp_path / "altrove.csv").write_text(HEADER + "P1;1,00\n", encoding="utf-8")
    (deliver(home, "2026-10") / "pagamenti-due.csv").symlink_to(tmp_path / "altrove.csv")
    (receipt,) = ingest(home)
    assert (receipt.status, [e["code"] for e in receipt.errors]) == ("refused", ["archive_unsafe"])


def test_foreign_files_of_an_instance_without_a_mapping_are_told_so(home: VetroHome, tmp_path: Path) -> None:
    (tmp_path / "pagamenti.csv").write_text(HEADER, encoding="utf-8")
    with pytest.raises(PathUnusable, match=r"rho.*mapping"):
        ingest(home, [tmp_path / "pagamenti.csv"], instance="rho")


def test_a_mapping_that_is_not_there_is_named(home: VetroHome) -> None:
    (home.mappings / "arese.yaml").unlink()
    deliver(home, "2026-10")
    with pytest.raises(FileUnusable, match=r"arese\.yaml"):
        ingest(home)


def test_no_identifier_of_a_person_is_written_outside_landing(home: VetroHome) -> None:
    columns = required("person") | {
        "record_id": "ID",
        "id_kind": {"constant": "CF"},
        "id_value": {"column": "CF", "as": "codice_fiscale"},
    }
    people = {
        "files": {"people": {"match": "utenti.csv", "unused": ["COGNOME"]}},
        "entities": {"person": {"from": "people", "columns": columns}},
    }
    write_mapping(home, MAPPING | people)
    folder = home.landing / "arese" / "2026-10"
    folder.mkdir(parents=True)
    wrong = CODICE_FISCALE[:15] + "T"
    lines = [f"U{n};{CODICE_FISCALE};ZZINVENTATO" for n in range(100)] + [f"U100;{wrong};ZZINVENTATO"]
    (folder / "utenti.csv").write_text("ID;CF;COGNOME\n" + "\n".join(lines), encoding="utf-8")
    (receipt,) = ingest(home)
    assert (receipt.status, receipt.counts["person"]["quarantined"]) == ("accepted", 1)
    outside = [p for p in home.root.rglob("*") if p.is_file() and not p.is_relative_to(home.landing)]
    assert len(outside) > 5
    for path in outside:
        content = path.read_bytes().lower()
        for word in (CODICE_FISCALE, wrong, "ZZINVENTATO"):
            assert word.lower().encode() not in content, path
    assert [p.name for p in home.landing.rglob("*") if p.is_file() and p.suffix != ".json"] == ["utenti.csv"]


def test_a_delivery_leaves_landing_when_its_time_is_over(home: VetroHome) -> None:
    place = deliver(home, "2026-10")
    assert statuses(ingest(home)) == ["accepted"]
    later = datetime.now(UTC) + timedelta(days=100)
    assert age_out(home, LandingPolicy(), later).loaded == 1
    assert not place.exists() and amounts(home) == [("P1", "1234.56")]


NASTY = st.text(st.characters(exclude_categories=("Cs",)), max_size=12) | st.sampled_from(
    [
        *("9" * 40, "(1)", "-", "--1-", "31/12/9999", "99/99/9999", "00000", "46054,5", "1e9999"),
        *("9999-12-31T23:59", "29/02/2026 25:61", "'; drop table origin; --", "{ID}", "=1+1", "IT", "ß"),
        *("0001-01-01", "IT12345678901", "\u0131\u0307", "\ufeff"),
    ]
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.tuples(NASTY, NASTY, NASTY, NASTY, NASTY), min_size=20, max_size=60))
def test_no_text_in_a_cell_stops_a_translation(home: VetroHome, cells: list[tuple[str, ...]]) -> None:
    columns = required("service_delivery") | {
        "record_id": {"template": "R{_line}"},
        "updated_at": "B",
        "istat_place": {
            "first_of": [{"column": "C", "as": "istat_code"}, {"column": "A", "as": "place", "region": "B"}]
        },
        "start_date": "D",
        "end_date": {"column": "A", "dates": ["excel", "dd/MM/yy"]},
        "quantity": "E",
        "amount_total": {"column": "A", "multiply": "0.01", "zero": ["-"]},
        "provider_id": {"digest_of": ["A", "B"]},
        "service_id": {
            "lookup": {
                "in": "cells",
                "where": {"A": "A", "B": {"column": "B", "as": "tax_code"}},
                "give": "C",
            }
        },
    }
    wild = {
        "reading": MAPPING["reading"] | {"dates": ["dd/MM/yyyy", "dd/MM/yyyy HH:mm"]},
        "files": {"cells": {"match": "celle.csv"}},
        "entities": {"service_delivery": {"from": "cells", "columns": columns}},
    }
    write_mapping(home, MAPPING | wild)
    folder = home.landing / "arese" / "2026-10"
    folder.mkdir(parents=True, exist_ok=True)
    quoted = [
        '"' + '";"'.join(cell.replace('"', '""').replace("\0", "") for cell in line) + '"' for line in cells
    ]
    (folder / "celle.csv").write_text("A;B;C;D;E\n" + "\n".join(quoted), encoding="utf-8", newline="")
    (receipt,) = ingest(home)
    told = {error["code"] for error in receipt.errors}
    assert told <= {
        "type_wrong", "required_missing", "pattern_wrong", "number_mangled", "out_of_range", "comune_unknown",
        "amounts_disagree", "too_many_bad_rows", "duplicate_in_file",
    }  # fmt: skip
    assert receipt.counts["service_delivery"]["received"] <= len(cells)


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("amount", "10,50", "type_wrong"),
        ("order_date", "01/10/2026", "type_wrong"),
        ("updated_at", "2026-10-05T10:00:00", "type_wrong"),
        ("amount", "€ 10.50", "type_wrong"),
        ("amount", "(10.50)", "type_wrong"),
        ("reason", "subsidy", "enum_unknown"),
        ("cup", "g17h03000130001", "pattern_wrong"),
    ],
)
def test_a_contract_export_is_never_repaired(home: VetroHome, column: str, written: str, code: str) -> None:
    spoiled = row("payment", "X-1", **{"amount": "0.01", column: written})
    export = Export(instance="arese", entities={"payment": [*rows("payment", 99), spoiled]})
    (receipt,) = ingest(home, [export.write(home.landing / "arese")])
    assert [error["code"] for error in receipt.errors] == [code]


@pytest.mark.parametrize(
    ("column", "written", "code"),
    [
        ("tax_code", "743110157", "pattern_wrong"),
        ("vat_number", "IT00743110157", "pattern_wrong"),
        ("istat_comune", "15182", "pattern_wrong"),
        ("is_public_body", "SI", "type_wrong"),
    ],
)
def test_codes_of_a_contract_export_are_never_repaired(
    home: VetroHome, column: str, written: str, code: str
) -> None:
    spoiled = row("organisation", "X-1", **{column: written})
    export = Export(instance="arese", entities={"organisation": [*rows("organisation", 99), spoiled]})
    (receipt,) = ingest(home, [export.write(home.landing / "arese")])
    assert [error["code"] for error in receipt.errors] == [code]


def test_a_contract_export_in_windows_letters_is_refused(home: VetroHome) -> None:
    export = Export(
        instance="arese",
        entities={"organisation": [row("organisation", name="Forlì")]},
        rewrite={"organisation": lambda content: content.decode().encode("cp1252")},
    )
    (receipt,) = ingest(home, [export.write(home.landing / "arese")])
    assert [error["code"] for error in receipt.errors] == ["encoding_wrong"]


def test_the_receipt_of_files_that_do_not_fit_stands_in_the_instances_outbox(home: VetroHome) -> None:
    folder = deliver(home, "2026-10", "NUMERO;IMPORTO\r\n")
    (folder / "appunti.txt").write_text("", encoding="utf-8")
    (receipt,) = ingest(home)
    assert receipt.path.parent == home.outbox / "arese"
    told = json.loads(receipt.path.read_text(encoding="utf-8"))["errors"]
    assert {(e["code"], e["file"], e["column"]) for e in told} == {("file_undeclared", "appunti.txt", None)}
    (folder / "appunti.txt").unlink()
    (receipt,) = ingest(home)
    assert {(e["code"], e["file"], e["column"]) for e in receipt.errors} == {
        ("column_missing", "pagamenti.csv", "ID"),
        ("column_unknown", "pagamenti.csv", "NUMERO"),
    }
