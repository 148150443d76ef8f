"""Every record of a foreign file is told of: a row, set aside with its line, or left out by a rule."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import yaml

from core.home import VetroHome
from ingestion.instances import register_instances
from ingestion.loading.ingest import ingest
from ingestion.receipts import ACCEPTED, REFUSED, Receipt
from tests.ingestion.malformed_exports.malformed import required
from tests.ingestion.test_adapters import amounts
from tests.support.exports import RHO, make_home

HEADER = "ID;IMPORTO;ENTE;VALUTA\r\n"


@pytest.fixture
def home(tmp_path: Path) -> VetroHome:
    home = make_home(tmp_path / "home")
    register_instances(home, {"arese": RHO | {"mapping": "arese"}})
    return home


def take_in(
    home: VetroHome,
    content: str | bytes,
    name: str = "pagamenti.csv",
    *,
    block: dict | None = None,
    **file: object,
) -> Receipt:
    """Ingest one file of payments: `file` are settings of the file, `block` of the entity."""
    columns = required("payment") | {"record_id": "ID", "amount": "IMPORTO", "spending_type": "ENTE"}
    mapping = {
        "export": {"period": {"from": date(2026, 10, 1), "to": date(2026, 10, 31)}},
        "reading": {"delimiter": ";", "decimal": ","},
        "files": {"payments": {"match": ["pagamenti*.csv", "*.xlsx"], "unused": "any"} | file},
        "entities": {"payment": {"from": "payments", "columns": columns} | (block or {})},
    }
    home.mappings.mkdir(exist_ok=True)
    (home.mappings / "arese.yaml").write_text(yaml.safe_dump(mapping, sort_keys=False), encoding="utf-8")
    folder = home.landing / "arese" / "2026-10"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (receipt,) = ingest(home)
    balance(receipt)
    return receipt


def balance(receipt: Receipt) -> None:
    """Records = set aside + left out + taken, and taken = rows + left out in every block; also what ingestion
    received is what the file gave it."""
    for file in receipt.files:
        left_out = sum(left["rows"] for left in file["left_out"])
        assert file["records"] == file["set_aside"] + left_out + file["taken"]
        for block in file["entities"]:
            assert file["taken"] == block["rows"] + sum(left["rows"] for left in block["left_out"])
            assert receipt.counts[block["entity"]]["received"] == block["rows"] + file["set_aside"]
    for count in receipt.counts.values():
        if receipt.status == ACCEPTED:
            assert count["received"] == count["loaded"] + count["known"] + count["quarantined"]


def many(first: int, count: int, ente: str = "COOP", valuta: str = "") -> str:
    return "".join(f"P{n};{n},00;{ente};{valuta}\r\n" for n in range(first, first + count))


def told(receipt: Receipt, code: str) -> list[tuple]:
    return [(e["file"], e["line"]) for e in receipt.errors if e["code"] == code]


OPEN, CLOSE = 'P1;100,10;"IL SOLE SOC. COOP.;\r\n', 'P3;300,30;ASSOCIAZIONE LUNA";\r\n'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (OPEN + many(2, 1) + CLOSE, [2, 3, 4]),
        (OPEN + CLOSE, [2, 3]),
        ('"P1;1,00;COOP;\r\n' + many(2, 3) + 'P9;9,00;C;"\r\n', [2, 3, 4, 5, 6]),
        (OPEN, [2]),
        (OPEN + 'P2;2,00;"COOP ""LUNA"" ;\r\n', [2, 3]),
    ],
)
def test_a_quote_that_swallows_lines_is_found_and_every_line_of_it_told(
    home: VetroHome, text: str, lines: list[int]
) -> None:
    receipt = take_in(home, HEADER + text + many(1000, 400))
    assert receipt.status == ACCEPTED
    assert told(receipt, "row_malformed") == [("pagamenti.csv", line) for line in lines]
    assert receipt.counts["payment"]["loaded"] == 400
    assert len(amounts(home)) == 400
    said = [e["message_it"] for e in receipt.errors]
    assert all("quote: none" in sentence for sentence in said)
    if len(lines) > 1 and 'LUNA""' not in text:
        assert f"riga 2 e chiuse alla riga {lines[-1]}" in said[0]


def test_where_quotes_enclose_nothing_all_lines_are_rows(home: VetroHome) -> None:
    receipt = take_in(home, HEADER + OPEN + many(2, 1) + CLOSE, quote="none")
    assert (receipt.status, receipt.counts["payment"]["loaded"]) == (ACCEPTED, 3)


def test_another_quote_encloses_fields(home: VetroHome) -> None:
    receipt = take_in(home, HEADER + "P1;'1,00';'A;''B';\r\n", quote="'")
    assert (receipt.status, amounts(home)) == (ACCEPTED, [("P1", "1.00")])


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ('P1;1,00;"Via Roma, 3\r\n20017 Rho";\r\nP2;2,00;"a\nb\nc";\r\n', {}),
        ('P1;1,00;"P8;8,00;x;\r\nP9;9,00;y;";\r\nP2;2,00;C;\r\n', {"line_breaks": True}),
    ],
)
def test_text_that_goes_over_lines_stays_one_field(home: VetroHome, text: str, settings: dict) -> None:
    receipt = take_in(home, HEADER + text, **settings)
    assert (receipt.status, amounts(home)) == (ACCEPTED, [("P1", "1.00"), ("P2", "2.00")])


def test_short_and_long_rows_are_set_aside_unless_the_mapping_takes_them(home: VetroHome) -> None:
    text = HEADER + many(10, 400) + "P1;1,00\r\n" + "P2;2,00;C;;ALTRO;;\r\n" + "P3;3,00;C;;;\r\n"
    receipt = take_in(home, text)
    assert told(receipt, "row_malformed") == [("pagamenti.csv", line) for line in (402, 403, 404)]
    assert "2 campi, l'intestazione 4" in receipt.errors[0]["message_it"]
    receipt = take_in(home, text + "\r\n", short_rows="fill", long_rows="cut")
    (file,) = receipt.files
    assert (receipt.status, receipt.errors, file["filled_rows"], file["cut_rows"]) == (ACCEPTED, (), 1, 1)
    assert receipt.counts["payment"] == {"received": 403, "loaded": 3, "known": 400, "quarantined": 0}


def test_what_drop_where_and_once_per_leave_out_is_counted_by_rule_with_its_lines(home: VetroHome) -> None:
    text = HEADER + many(1, 3) + "Totale;6,00;;\r\n" + many(5, 2, "ASL") + "P1;1,00;COOP;\r\n"
    receipt = take_in(
        home,
        text,
        drop=[{"column": "ID", "matches": "^Totale"}],
        block={"where": [{"column": "ENTE", "equals": "coop"}], "once_per": ["ID"]},
    )
    (file,) = receipt.files
    assert (file["records"], file["taken"]) == (7, 6)
    assert file["left_out"] == [{"rule": "drop: ID /^Totale/", "rows": 1, "lines": [5]}]
    assert file["entities"] == [
        {
            "entity": "payment",
            "block": 1,
            "rows": 3,
            "left_out": [
                {"rule": "where: ENTE coop", "rows": 2, "lines": [6, 7]},
                {"rule": "once_per", "rows": 1, "lines": [8]},
            ],
        }
    ]
    page = receipt.path.with_suffix(".html").read_text(encoding="utf-8")
    assert "1 esclusi da «drop: ID /^Totale/» (righe 5)." in page
    assert "2 left out by “where: ENTE coop” (lines 6, 7)." in page
    assert json.loads(receipt.path.read_text(encoding="utf-8"))["files"] == list(receipt.files)
    text = receipt.path.with_suffix(".csv").read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert ["payment", "pagamenti.csv", "", "", "", "payment: 3 righe.", "payment: 3 rows."] in rows


@pytest.mark.parametrize(
    ("require", "valuta", "set_aside"),
    [
        ([{"column": "VALUTA", "equals": "EUR"}], ["EUR", "eur", "GBP", ""], [404, 405]),
        ([{"column": "VALUTA", "equals": ["EUR", "USD"]}], ["EUR", "USD"], []),
        # Without a word of the mapping an amount in another money never becomes euro.
        ([], ["GBP", "USD", "£", "US dollars"], [402, 403, 404, 405]),
        ([], ["EUR", "€", "", "05/10/2026"], []),
    ],
)
def test_what_must_hold_is_asked_of_every_row(
    home: VetroHome, require: list, valuta: list[str], set_aside: list[int]
) -> None:
    text = HEADER + many(1000, 400, valuta="EUR")
    text += "".join(f"P{n};1,00;COOP;{money}\r\n" for n, money in enumerate(valuta))
    receipt = take_in(home, text, **({"require": require} if require else {}))
    assert receipt.status == ACCEPTED
    assert told(receipt, "enum_unknown") == [("pagamenti.csv", line) for line in set_aside]
    assert all("VALUTA" in e["message_it"] and "VALUTA" in e["message_en"] for e in receipt.errors)
    assert len(amounts(home)) == 400 + len(valuta) - len(set_aside)


def workbook(path: Path, *rows: list) -> bytes:
    book = openpyxl.Workbook()
    for row in (["ID", "IMPORTO", "ENTE"], *rows):
        book.active.append(row)
    for line in book.active.iter_rows():
        for cell in line:
            if isinstance(cell.value, str) and cell.value.startswith("#"):
                cell.data_type = "e"
    book.create_sheet("Note")
    book.save(path)
    return path.read_bytes()


def test_error_cells_and_formulas_never_computed_set_their_rows_aside(
    home: VetroHome, tmp_path: Path
) -> None:
    rows = [[f"P{n}", n, "COOP"] for n in range(1000, 1400)]
    errors = [["P1", 1, "#N/A"], ["P2", "#DIV/0!", "COOP"], ["#REF!", 3, "COOP"], ["P4", "=1+1", "COOP"]]
    receipt = take_in(home, workbook(tmp_path / "b.xlsx", *rows, *errors), "Ottobre.xlsx")
    assert receipt.status == ACCEPTED
    assert told(receipt, "type_wrong") == [("Ottobre.xlsx", line) for line in (402, 403, 404, 405)]
    columns = [e["message_it"].split(" contiene")[0] for e in receipt.errors]
    assert columns == ["La cella di ENTE", "La cella di IMPORTO", "La cella di ID", "La cella di IMPORTO"]
    assert receipt.files[0]["sheets"] == ["Note"]
    # A mapping that says what they mean is believed.
    receipt = take_in(home, workbook(tmp_path / "b.xlsx", ["P5", 5, "#N/A"]), "Ottobre.xlsx", empty=["#N/A"])
    assert (receipt.status, receipt.errors) == (ACCEPTED, ())


def test_errors_that_excel_wrote_into_a_text_are_errors(home: VetroHome) -> None:
    receipt = take_in(home, HEADER + many(10, 400) + "P1;1,00;#N/D;\r\nP2;#RIF!;COOP;\r\n")
    assert told(receipt, "type_wrong") == [("pagamenti.csv", 402), ("pagamenti.csv", 403)]


@pytest.mark.parametrize(
    ("form", "loaded", "rounded"),
    [
        ("noise", ["1801852.93", "1412201.59", "10.50", None, "0.30"], 3),
        (True, ["1801852.93", "1412201.59", "10.50", "10.56", "0.30"], 4),
        ("1", ["1801852.90", "1412201.60", "10.50", "10.60", "0.30"], 4),
    ],
)
def test_float_noise_goes_where_the_mapping_says_and_a_third_decimal_only_where_it_says_so(
    home: VetroHome, form: object, loaded: list[str | None], rounded: int
) -> None:
    values = ["1801852,9300000002", "1412201,5899999999", "10,5", "10,555", "0,30000000000000004"]
    text = "".join(f"P{n};{value};COOP;\r\n" for n, value in enumerate(values))
    receipt = take_in(home, HEADER + text + many(1000, 400), round=form)
    assert receipt.status == ACCEPTED, receipt.errors
    found = dict(amounts(home))
    assert [found.get(f"P{n}") for n in range(5)] == loaded
    assert receipt.files[0]["rounded"] == rounded


def test_a_later_file_that_changes_records_told_before_says_how_many(home: VetroHome) -> None:
    columns = required("organisation") | {"record_id": "ID", "name": "ENTE"}
    block = {"columns": columns}

    def organisations(text: str) -> Receipt:
        mapping = {
            "export": {"period": {"from": date(2026, 10, 1), "to": date(2026, 10, 31)}},
            "files": {"bodies": {"match": "enti.csv"}},
            "entities": {"organisation": {"from": "bodies", **block}},
        }
        home.mappings.mkdir(exist_ok=True)
        (home.mappings / "arese.yaml").write_text(yaml.safe_dump(mapping, sort_keys=False), encoding="utf-8")
        folder = home.landing / "arese" / "enti"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "enti.csv").write_text(text, encoding="utf-8")
        (receipt,) = ingest(home)
        return receipt

    assert organisations("ID,ENTE\nO1,Luna\nO2,Sole\n").changed == {}
    second = organisations("ID,ENTE\nO1,Luna Nuova\nO2,Sole\nO3,Stella\n")
    assert (second.status, second.changed) == (ACCEPTED, {"organisation": 1})
    assert json.loads(second.path.read_text(encoding="utf-8"))["changed"] == {"organisation": 1}
    assert "organisation 1" in second.path.with_suffix(".html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("pagamenti.csv", b'{"ID": "P1"}', "JSON"),
        ("pagamenti.csv", b'[{"ID": "P1"}]', "JSON"),
        ("pagamenti.csv", b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "XML"),
        ("pagamenti.csv", b"<html><table><tr><td>ID", "HTML"),
        ("pagamenti.csv", b"%PDF-1.7", "PDF"),
        ("pagamenti.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        ("pagamenti.csv", b"PK\x03\x04\x14\0", "ods"),
        ("pagamenti.xlsx", b"<?xml version='1.0'?><Workbook/>", "XML"),
    ],
)
def test_a_file_of_another_format_is_refused_by_a_sentence_that_says_what_is_read(
    home: VetroHome, name: str, content: bytes, kind: str
) -> None:
    receipt = take_in(home, content, name)
    (error,) = receipt.errors
    assert (receipt.status, error["code"], error["file"]) == (REFUSED, "encoding_wrong", name)
    for language in ("it", "en"):
        assert kind in error[f"message_{language}"] and ".xlsx" in error[f"message_{language}"]
