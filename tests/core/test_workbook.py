"""Spreadsheets: what a cell holds, what it must never become, and that the bytes do not depend on the day."""

import io
import time
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from core.presentation.workbook import (
    About,
    Definition,
    Sheet,
    SheetCell,
    SheetColumn,
    TextTooLongError,
    Value,
    workbook,
)

CREATED = datetime(2026, 11, 3, 2, 10)
ABOUT = About(
    "Spesa & persone",
    [("Rilascio", "2026-11-03-a1b2c3"), ("Dati fino al", "30 settembre 2026")],
    {"suppressed": "valore protetto"},
    {"suppressed": "protetto", "missing": "mancante"},
    "Casa di Vetro & altri",
)
COLUMNS = [
    SheetColumn("title", "Intervento"),
    SheetColumn("starts_on", "Inizio", "date"),
    SheetColumn("persons", "Persone", "count"),
    SheetColumn("reported", "Rendicontato", "euro"),
]


def read(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def one_sheet(*rows: list[SheetCell]) -> bytes:
    return workbook([Sheet("Voci", "Voci di costo", COLUMNS, rows)], ABOUT, [], "it", CREATED)


def row_of(value: Value) -> list[SheetCell]:
    return [SheetCell(value), *(SheetCell(None) for _ in COLUMNS[1:])]


def test_values_keep_their_types_and_marks_stand_in_words_and_in_their_column() -> None:
    made = one_sheet(
        [SheetCell("A"), SheetCell(date(2026, 3, 1)), SheetCell(12, "value"), SheetCell(Decimal("1234.50"))],
        [SheetCell("B"), SheetCell(None), SheetCell(3, "suppressed"), SheetCell(Decimal("-0.10"))],
        [SheetCell("C"), SheetCell(None), SheetCell(None, "missing"), SheetCell(Decimal(0))],
    )
    page = read(made)["Voci"]
    labels, ids, *rows = [list(row) for row in page.iter_rows(values_only=True)]
    assert labels == ["Intervento", "Inizio", "Persone", "Persone: segno", "Rendicontato"]
    assert ids == ["title", "starts_on", "persons", "persons_mark", "reported"]
    assert rows == [
        ["A", datetime(2026, 3, 1), 12, "value", 1234.5],
        ["B", None, "protetto", "suppressed", -0.1],
        ["C", None, "mancante", "missing", 0],
    ]
    assert page["D3"].data_type == "s"
    # The number that is hidden is nowhere in the file.
    assert "<v>3</v>" not in zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet2.xml").decode()


@pytest.mark.parametrize(
    "text", ["=1+1", "+39 02", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x")', "https://a.b"]
)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    made = one_sheet(row_of(text))
    cell = read(made)["Voci"]["A3"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    assert bool(cell.quotePrefix) == (text[0] in "=+-@\t")
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet2.xml")


@pytest.mark.parametrize("code", ["015182", "1.10", "2026-03-01", "1E5", "TRUE"])
def test_a_code_stays_the_text_it_is(code: str) -> None:
    cell = read(one_sheet(row_of(code)))["Voci"]["A3"]
    assert (cell.value, cell.data_type) == (code, "s")


def test_a_number_with_more_digits_than_a_spreadsheet_keeps_is_text() -> None:
    page = read(one_sheet(row_of(Decimal("1234567890123456.78")), row_of(Decimal("1234567890123.45"))))[
        "Voci"
    ]
    assert (page["A3"].value, page["A4"].value) == ("1234567890123456.78", 1234567890123.45)


def test_a_text_is_never_cut() -> None:
    with pytest.raises(TextTooLongError):
        one_sheet(row_of("a" * 32_768))


def test_tabs_have_legal_names_that_differ() -> None:
    named = ["History", "a/b", "A B", "x" * 40, "x" * 50, "Informazioni", ""]
    made = workbook([Sheet(name, name, COLUMNS, []) for name in named], ABOUT, [], "it", CREATED)
    assert read(made).sheetnames == [
        "Informazioni",
        "History 2",
        "a b",
        "A B 2",
        "x" * 31,
        f"{'x' * 29} 2",
        "Informazioni 2",
        "-",
    ]


def test_the_release_and_the_definitions_stand_beside_the_tables() -> None:
    known = [Definition("residual", "Ancora da erogare", "EUR", "Deliberato meno erogazioni.")]
    sheet = Sheet("Voci", "Voci di costo", COLUMNS, [], ["Le persone non si sommano"])
    book = read(workbook([sheet], ABOUT, known, "en", CREATED))
    assert book.sheetnames == ["About", "Voci", "Definitions"]
    told = [text for row in book["About"].iter_rows(values_only=True) for text in row if text]
    assert told[:3] == ["Spesa & persone", "Rilascio", "2026-11-03-a1b2c3"]
    assert "Voci di costo. Le persone non si sommano" in told
    assert list(book["Definitions"].values)[1] == (
        "residual", "Ancora da erogare", "EUR", "Deliberato meno erogazioni."
    )  # fmt: skip
    assert book["Voci"].oddFooter.left.text == "Casa di Vetro && altri"


def test_the_same_tables_give_the_same_bytes_at_another_time() -> None:
    before = one_sheet(row_of("A"), row_of(date(2026, 1, 1)))
    time.sleep(1.1)
    assert one_sheet(row_of("A"), row_of(date(2026, 1, 1))) == before
    assert {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(before)).infolist()} == {
        (1980, 1, 1, 0, 0, 0)
    }
    assert read(before).properties.created == CREATED
