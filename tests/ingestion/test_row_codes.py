"""Every code of a row: the bad row is set aside with its line, column and code, and the good rows go on."""

import csv
import io
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from core.home import VetroHome
from ingestion.contract.codes import ROW_CODES
from ingestion.contract.schema import load_contract
from ingestion.instances import register_instances
from ingestion.loading.ingest import ingest
from ingestion.receipts import Receipt
from tests.support.exports import CODICE_FISCALE, RHO, Export, entity, make_home, row, rows

# (entity, the values that spoil a row, code, the column named)
FAULTS = [
    ("person", {"istat_residence": ""}, "required_missing", "istat_residence"),
    ("person", {"birth_date": "1985-02-30"}, "type_wrong", "birth_date"),
    ("person", {"birth_date": "10/12/1985"}, "type_wrong", "birth_date"),
    ("person", {"birth_date": "infinity"}, "type_wrong", "birth_date"),
    ("person", {"disability": "TRUE"}, "type_wrong", "disability"),
    ("person", {"updated_at": "2026-10-05T10:00:00"}, "type_wrong", "updated_at"),
    ("person", {"updated_at": "2026-10-05T25:00:00Z"}, "type_wrong", "updated_at"),
    ("person", {"updated_at": "2026-02-30T10:00:00Z"}, "type_wrong", "updated_at"),
    ("person", {"row_version": "1.6"}, "type_wrong", "row_version"),
    ("person", {"row_version": "0x10"}, "type_wrong", "row_version"),
    ("person", {"row_version": "0"}, "out_of_range", "row_version"),
    ("person", {"sex": "Q"}, "enum_unknown", "sex"),
    ("person", {"op": "u"}, "enum_unknown", "op"),
    ("person", {"istat_residence": "15182"}, "pattern_wrong", "istat_residence"),
    ("person", {"record_id": CODICE_FISCALE}, "pattern_wrong", "record_id"),
    ("person", {"employer_id": CODICE_FISCALE.lower()}, "pattern_wrong", "employer_id"),
    ("person", {"id_kind": "CF", "id_value": "RSSMRA85T10A562"}, "pattern_wrong", "id_value"),
    ("person", {"id_kind": "CF", "id_value": CODICE_FISCALE.lower()}, "pattern_wrong", "id_value"),
    ("person", {"id_kind": "STP", "id_value": "STP123"}, "pattern_wrong", "id_value"),
    ("person", {"id_kind": "ENI", "id_value": "STP1234567890123"}, "pattern_wrong", "id_value"),
    ("person", {"id_kind": "CF", "id_value": "RSSMRA85T10A562T"}, "check_digit_wrong", "id_value"),
    ("person", {"id_kind": "CF"}, "condition_missing", None),
    ("person", {"istat_residence": "999999"}, "comune_unknown", "istat_residence"),
    ("person", {"employer_id": "1.23457E+14"}, "number_mangled", "employer_id"),
    ("person", {"id_kind": "STP", "id_value": "1,2E+13"}, "number_mangled", "id_value"),
    ("organisation", {"tax_code": "12345678901"}, "check_digit_wrong", "tax_code"),
    ("organisation", {"tax_code": "RSSMRA85T10A562T"}, "check_digit_wrong", "tax_code"),
    ("organisation", {"tax_code": "ABCDEFGHIJKLMNOP"}, "pattern_wrong", "tax_code"),
    ("organisation", {"vat_number": "00743110158"}, "check_digit_wrong", "vat_number"),
    ("organisation", {"active_from": "2020-01-02", "active_to": "2020-01-01"}, "out_of_range", None),
    ("service_delivery", {"amount_user": "2.02"}, "amounts_disagree", None),
    ("service_delivery", {"amount_total": "10.000"}, "type_wrong", "amount_total"),
    ("service_delivery", {"amount_total": "1e1"}, "type_wrong", "amount_total"),
    ("service_delivery", {"amount_total": "10,00"}, "type_wrong", "amount_total"),
    ("service_delivery", {"amount_total": "+10.00"}, "type_wrong", "amount_total"),
    ("service_delivery", {"quantity": "-1.000"}, "out_of_range", "quantity"),
    ("service_delivery", {"end_date": "2026-09-30"}, "out_of_range", None),
    ("service_delivery", {"op": "D"}, "ledger_tombstone", "op"),
    # Moransengo, a comune until the end of 2022.
    (
        "service_delivery",
        {"start_date": "2026-10-01", "istat_place": "005079"},
        "comune_unknown",
        "istat_place",
    ),
    ("voucher", {"face_value": "-1.00"}, "out_of_range", "face_value"),
    ("voucher_event", {"event": "REDEEM"}, "condition_missing", None),
    ("voucher_event", {"event": "REVERSAL"}, "reversal_invalid", "reverses_id"),
    ("voucher_event", {"reverses_id": "G-1"}, "reversal_invalid", "reverses_id"),
    ("application", {"applicant_kind": "HOUSEHOLD"}, "condition_missing", None),
    ("payment", {"payee_kind": "ORGANISATION"}, "condition_missing", None),
    ("payment", {"amount": "-10.00", "reverses_id": "NOWHERE"}, "reversal_invalid", "reverses_id"),
    ("payment", {"amount": "-9.99", "reverses_id": "G-1"}, "reversal_invalid", "reverses_id"),
    ("allocation", {"amount": "-1.00"}, "out_of_range", "amount"),
    ("outcome_indicator", {"scale_min": "5.000", "scale_max": "4.000"}, "out_of_range", None),
    ("outcome_indicator", {"meaningful_change": "-1"}, "out_of_range", "meaningful_change"),
]


class Ingested(NamedTuple):
    """What became of one export: the home, the territory that sent it, its receipt."""

    home: VetroHome
    instance: str
    receipt: Receipt


def ingested(root: Path, exports: Iterable[Export]) -> list[Ingested]:
    """Ingest exports at once, each as the first of a territory of its own, and return them in their order."""
    home, sent = VetroHome.at(root / "home").ensure(), list(exports)
    for number, export in enumerate(sent):
        export.instance = f"t{number:02}"
    register_instances(home, {export.instance: RHO for export in sent})
    receipts = ingest(home, [export.write(root / "sent") for export in sent])
    by_instance = {receipt.instance: receipt for receipt in receipts}
    return [Ingested(home, export.instance, by_instance[export.instance]) for export in sent]


def quarantine(home: VetroHome, instance: str = "*") -> list[tuple]:
    return duckdb.sql(
        f"select entity, line, column_name, code from "
        f"read_parquet('{home.raw}/instance={instance}/export=*/_quarantine.parquet', "
        "hive_partitioning=false) order by all"
    ).fetchall()


@pytest.fixture(scope="module")
def faulty(tmp_path_factory) -> list[Ingested]:
    """One export per fault, with 300 good rows before the bad one: it stays below the limits."""
    return ingested(
        tmp_path_factory.mktemp("faulty"),
        (
            Export(entities={name: [*rows(name, 300), row(name, **({"record_id": "BAD"} | values))]})
            for name, values, _, _ in FAULTS
        ),
    )


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=lambda n: f"{FAULTS[n][2]}-{FAULTS[n][0]}-{n}")
def test_a_bad_row_is_set_aside_and_the_good_rows_go_on(faulty, number):
    name, _, code, column = FAULTS[number]
    home, instance, receipt = faulty[number]
    assert receipt.status == "accepted", receipt.errors
    assert quarantine(home, instance) == [(name, 302, column, code)]
    assert receipt.counts[name] == {"received": 301, "loaded": 300, "known": 0, "quarantined": 1}
    (error,) = receipt.errors
    assert (error["entity"], error["line"], error["column"], error["code"]) == (name, 302, column, code)
    assert error["message_it"] and error["message_en"]


def test_every_code_of_a_row_is_tested_somewhere():
    elsewhere = {"row_malformed", "duplicate_in_file", "ledger_changed", "erased_person"}
    assert {code for _, _, code, _ in FAULTS} | elsewhere == set(ROW_CODES)


@pytest.mark.parametrize(
    "values",
    [
        {"id_kind": "CF", "id_value": CODICE_FISCALE},
        {"id_kind": "CF", "id_value": "RSSMRA80A0MF205P"},
        {"id_kind": "CF", "id_value": "RSSMRAULALMFNLRD"},
        {"id_kind": "STP", "id_value": "STP1234567890123"},
        {"id_kind": "CF_PROV", "id_value": "47382910561"},
        {"updated_at": "2026-10-05T10:00Z"},
        {"updated_at": "2026-10-05T10:00:00.123456+02:00"},
        {"employer_id": "12345"},
        {"employer_id": "1E"},
    ],
)
def test_a_good_person_is_loaded(home, tmp_path, values):
    (receipt,) = ingest(home, [Export(entities={"person": [row("person", **values)]}).write(tmp_path)])
    assert (receipt.status, receipt.errors) == ("accepted", ())


@pytest.mark.parametrize("code", ["00743110157", "07643520567", "12345678903", "97000000154", "80095010585"])
def test_a_good_tax_code_is_loaded(home, tmp_path, code):
    (receipt,) = ingest(
        home, [Export(entities={"organisation": [row("organisation", tax_code=code)]}).write(tmp_path)]
    )
    assert (receipt.status, receipt.errors) == ("accepted", ())


@pytest.fixture(scope="module")
def minimal(tmp_path_factory) -> dict[str, Ingested]:
    """By entity, an export with one row of it alone."""
    names = list(load_contract().entities)
    exports = (Export(entities={name: [row(name)]}) for name in names)
    return dict(zip(names, ingested(tmp_path_factory.mktemp("minimal"), exports), strict=True))


@pytest.mark.parametrize("name", list(load_contract().entities))
def test_a_minimal_row_of_every_entity_is_loaded(minimal, name):
    if name in ("voucher_event", "plan_movement"):
        assert row(name)["event"] != "REVERSAL"
    home, instance, receipt = minimal[name]
    assert (receipt.status, receipt.errors) == ("accepted", ())
    stored = duckdb.sql(
        f"select * from read_parquet('{home.raw}/instance={instance}/export=*/{name}.parquet', "
        f"hive_partitioning=false)"
    )
    schema = duckdb.sql(f"select * from read_parquet('{home.raw_schema}/{name}.parquet')")
    assert (stored.columns, stored.types) == (schema.columns, schema.types)


def test_a_row_gets_one_entry_per_code_naming_the_first_column(home, tmp_path):
    bad = row("service_delivery", "BAD", istat_place="1", amount_user="x", amount_ssn="y", person_id="")
    ingest(
        home, [Export(entities={"service_delivery": [*rows("service_delivery", 300), bad]}).write(tmp_path)]
    )
    assert quarantine(home) == [
        ("service_delivery", 302, "amount_user", "type_wrong"),
        ("service_delivery", 302, "istat_place", "pattern_wrong"),
        ("service_delivery", 302, "person_id", "required_missing"),
    ]


def test_row_rules_wait_until_every_column_is_well_formed(home, tmp_path):
    bad = row("service_delivery", "BAD", amount_user="2.02", istat_place="999999", op="D", end_date="x")
    worse = row("service_delivery", "WORSE", amount_user="2.02", istat_place="999999", op="D")
    ingest(
        home,
        [Export(entities={"service_delivery": [*rows("service_delivery", 600), bad, worse]}).write(tmp_path)],
    )
    assert sorted((line, code) for _, line, _, code in quarantine(home)) == [
        (602, "type_wrong"),
        (603, "amounts_disagree"),
        (603, "comune_unknown"),
        (603, "ledger_tombstone"),
    ]


def test_the_first_well_formed_row_of_an_id_stays(home, tmp_path):
    records = [
        row("person", "TWICE", sex="Q"),
        row("person", "TWICE"),
        *rows("person", 200),
        row("person", "TWICE"),
    ]
    (receipt,) = ingest(home, [Export(entities={"person": records}).write(tmp_path)])
    assert receipt.status == "accepted"
    assert quarantine(home) == [
        ("person", 2, "sex", "enum_unknown"),
        ("person", 204, "record_id", "duplicate_in_file"),
    ]


def test_a_line_is_the_physical_line_on_which_the_record_starts(home, tmp_path):
    def write(content: bytes) -> bytes:
        head, *lines = content.decode().splitlines()
        lines[0] = lines[0].replace("testo", '"uno\ndue;\r\n""tre"""', 1)
        lines[5] = lines[5].replace(";U;", ";Z;", 1)
        lines.insert(8, "too;short")
        lines.insert(9, "")
        lines.append('"never closed;U')
        return "\n".join([head, *lines]).encode()

    export = Export(
        entities={"service": rows("service", 200)},
        rewrite={"service": write},
        spoil=lambda d: d["resources"][0].update(rows=202),
    )
    (receipt,) = ingest(home, [export.write(tmp_path)])
    assert receipt.status == "accepted", receipt.errors
    assert quarantine(home) == [
        ("service", 9, "op", "enum_unknown"),
        ("service", 12, None, "row_malformed"),
        ("service", 206, None, "row_malformed"),
    ]
    (name,) = duckdb.sql(
        f"select name from read_parquet('{home.raw}/instance=rho/export=*/service.parquet') "
        "where record_id = 'G-1'"
    ).fetchone()
    assert name == 'uno\ndue;\r\n"tre"'


LAYOUTS = list(product(["\n", "\r\n", "\r", "mixed"], [b"", b"\xef\xbb\xbf"], [True, False]))


def laid_out(newline: str, mark: bytes, last: bool) -> Export:
    """A file with these ends of lines, this mark before it, and an end of its last line or none."""

    def write(content: bytes) -> bytes:
        lines = content.decode().splitlines()
        lines[2] = lines[2].replace(";U;", ";Z;", 1)
        ends = ["\n", "\r\n", "\r"] if newline == "mixed" else [newline]
        text = "".join(line + ends[number % len(ends)] for number, line in enumerate(lines))
        return mark + (text if last else text.rstrip("\r\n")).encode()

    return Export(entities={"service": rows("service", 100)}, rewrite={"service": write})


@pytest.fixture(scope="module")
def layouts(tmp_path_factory) -> list[Ingested]:
    return ingested(tmp_path_factory.mktemp("layouts"), (laid_out(*layout) for layout in LAYOUTS))


@pytest.mark.parametrize("number", range(len(LAYOUTS)), ids=lambda number: repr(LAYOUTS[number]))
def test_newlines_and_byte_order_marks_do_not_change_what_is_loaded(layouts, number):
    home, instance, receipt = layouts[number]
    assert receipt.counts["service"] == {"received": 100, "loaded": 99, "known": 0, "quarantined": 1}, (
        receipt.errors
    )
    assert quarantine(home, instance) == [("service", 3, "op", "enum_unknown")]


def test_a_row_with_one_separator_too_many_is_malformed(home, tmp_path):
    def write(content: bytes) -> bytes:
        lines = content.decode().splitlines()
        lines[50] += ";"
        return "\n".join(lines).encode()

    ingest(
        home, [Export(entities={"service": rows("service", 100)}, rewrite={"service": write}).write(tmp_path)]
    )
    assert quarantine(home) == [("service", 51, None, "row_malformed")]


def test_columns_may_come_in_any_order(home, tmp_path):
    def reverse(content: bytes) -> bytes:
        records = list(csv.reader(io.StringIO(content.decode()), delimiter=";"))
        return "".join(";".join(reversed(record)) + "\n" for record in records).encode()

    export = Export(
        entities={"service_delivery": rows("service_delivery", 5)}, rewrite={"service_delivery": reverse}
    )
    (receipt,) = ingest(home, [export.write(tmp_path)])
    assert (receipt.status, receipt.errors) == ("accepted", ())


FORMATS = ["csv", "csv.gz", "jsonl", "parquet"]


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_loads_the_same_rows(home, tmp_path, kind):
    records = [
        *rows("service_delivery", 299),
        row("service_delivery", "BAD", quantity="1.0000"),
        row(
            "service_delivery",
            "R",
            reverses_id="G-7",
            quantity="-1.000",
            amount_total="-10.00",
            amount_user="-2.00",
            amount_municipality="-3.00",
            amount_ssn="-1.00",
            amount_other="-4.00",
        ),
    ]
    export = Export(entities={"service_delivery": records}, formats={"service_delivery": kind})
    (receipt,) = ingest(home, [export.write(tmp_path)])
    assert receipt.status == "accepted", receipt.errors
    line = {"jsonl": 300}.get(kind, 301)
    assert quarantine(home) == [("service_delivery", line, "quantity", "type_wrong")]
    loaded = duckdb.sql(
        f"select count(*), sum(amount_total), sum(_line) from read_parquet("
        f"'{home.raw}/instance=rho/export=*/service_delivery.parquet')"
    ).fetchone()
    shift = 0 if kind == "jsonl" else 300
    assert (loaded[0], str(loaded[1]), loaded[2]) == (300, "2980.00", sum(range(1, 300)) + 301 + shift)


@pytest.fixture(scope="module")
def sent_again(tmp_path_factory) -> VetroHome:
    """Deliveries, one of them bad; then some of the same again, and a new one."""
    folder = tmp_path_factory.mktemp("again")
    home = make_home(folder / "home")
    records = [*rows("service_delivery", 300), row("service_delivery", "BAD", person_id="")]
    ingest(home, [Export(entities={"service_delivery": records}).write(folder / "a")])
    again = [row("service_delivery", "NEW"), *rows("service_delivery", 20)]
    ingest(home, [Export(sequence=2, entities={"service_delivery": again}).write(folder / "b")])
    return home


@pytest.mark.parametrize("column", [column.name for column in entity("service_delivery").numbers])
def test_a_control_total_is_loaded_and_known_and_quarantined_to_the_cent(sent_again, column):
    totals = duckdb.sql(
        f"select declared = loaded + known + quarantined, loaded > 0, known > 0, quarantined > 0 from "
        f"read_parquet('{sent_again.raw}/instance=rho/export=*/_control_total.parquet', "
        f"hive_partitioning=false) where column_name = '{column}' order by export_id"
    ).fetchall()
    assert totals == [(True, True, False, True), (True, True, True, False)]


@pytest.mark.parametrize(("bad", "status"), [(2, "accepted"), (3, "refused")])
def test_over_two_percent_of_bad_rows_refuse_the_export(home, tmp_path, bad, status):
    records = [*rows("person", 100 - bad), *(row("person", f"B-{n}", sex="Q") for n in range(bad))]
    (receipt,) = ingest(home, [Export(entities={"person": records}).write(tmp_path)])
    assert receipt.status == status


@pytest.mark.parametrize(("amount", "status"), [("4.97", "accepted"), ("5.10", "refused")])
def test_over_half_a_percent_of_bad_euro_refuses_the_export(home, tmp_path, amount, status):
    records = [*rows("voucher", 99), row("voucher", "B", face_value=amount, scheme="")]
    (receipt,) = ingest(home, [Export(entities={"voucher": records}).write(tmp_path)])
    assert receipt.status == status


def test_a_large_file_is_checked_like_a_small_one(home, tmp_path, monkeypatch):
    """A large file is read while it is checked, by another plan of the same rules: every fault must
    be found alike.
    """
    monkeypatch.setattr("ingestion.validation.file_reading.LARGE_FILE", -1)
    entities, expected = {}, []
    for name, values, code, column in FAULTS:
        records = entities.setdefault(name, rows(name, 3_000))
        records.append(row(name, **({"record_id": f"BAD-{len(records)}"} | values)))
        expected.append((name, len(records) + 1, column, code))
    entities["person"].append(row("person", "SHORT", updated_at="2026-10-05T10:00+02:00"))
    (receipt,) = ingest(home, [Export(entities=entities).write(tmp_path)])
    assert receipt.status == "accepted", receipt.errors[:3]
    assert sorted(quarantine(home), key=str) == sorted(expected, key=str)
    instants = duckdb.sql(
        f"select distinct updated_at::varchar from read_parquet("
        f"'{home.raw}/instance=rho/export=*/person.parquet', hive_partitioning=false)"
    ).fetchall()
    assert instants == [("2026-10-05 08:00:00",)]
    lines = duckdb.sql(
        f"select record_id, _line from read_parquet('{home.raw}/instance=rho/export=*/voucher.parquet', "
        "hive_partitioning=false)"
    ).fetchall()
    assert all(line == int(record_id[2:]) + 1 for record_id, line in lines)
