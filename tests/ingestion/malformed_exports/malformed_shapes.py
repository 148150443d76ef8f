"""Quirks of rows, sheets and files: what is a row, and of which entity."""

import io
import zipfile
from datetime import date, datetime

import openpyxl

from tests.ingestion.malformed_exports.malformed import MalformedExport, required, table
from tests.support.exports import row

SEMICOLON = {"delimiter": ";"}
ITALIAN = {"delimiter": ";", "decimal": ",", "thousands": "."}
PAYMENT = {"record_id": "ID", "amount": "IMPORTO"}
ROWS = ({"record_id": "P1", "amount": "1234.56"}, {"record_id": "P2", "amount": "7.00"})
LINES = ("ID;IMPORTO", "P1;1.234,56", "P2;7,00")


def payments(name: str, content: bytes, file: str = "pagamenti.csv", **more) -> MalformedExport:
    settings = ITALIAN | more.pop("settings", {})
    return MalformedExport(
        name, {file: content}, settings=settings, **({"rows": ROWS, "columns": PAYMENT} | more)
    )


def workbook(rows: list[list], far: str | None = None) -> bytes:
    book, sink = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "Copertina"
    sheet = book.create_sheet("Dati")
    for cells in rows:
        sheet.append(cells)
    if far:
        sheet[far] = "x"
    book.save(sink)
    return sink.getvalue()


def open_document(rows: list[list[str]]) -> bytes:
    """A spreadsheet of LibreOffice with nothing in it but text."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in line
        )
        + "</table:table-row>"
        for line in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<office:document-content {spaces} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Foglio1">{cells}</table:table>'
        f"</office:spreadsheet></office:body></office:document-content>"
    )
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return sink.getvalue()


def zipped(content: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("pagamenti.csv", content)
    return sink.getvalue()


DELIVERIES = table(
    "PRESTAZIONE;ENTE;NOME ENTE;SERVIZIO;ORE;TOTALE",
    "D1;E1;Ancora;SAD;2,5;10,00",
    "D2;E1;Ancora;SAD;1;10,00",
    "D3;E2;Bussola;SAD;3;10,00",
)
ENTITIES_OF_ONE_FILE = {
    "organisation": {
        "from": "source",
        "once_per": ["ENTE"],
        "columns": required("organisation") | {"record_id": "ENTE", "name": "NOME ENTE"},
    },
    "service": {
        "from": "source",
        "once_per": ["SERVIZIO"],
        "columns": required("service") | {"record_id": "SERVIZIO"},
    },
    "service_delivery": {
        "from": "source",
        "columns": required("service_delivery")
        | {
            "record_id": "PRESTAZIONE",
            "provider_id": "ENTE",
            "service_id": "SERVIZIO",
            "quantity": "ORE",
            "amount_total": "TOTALE",
        },
    },
}
TWIN_OF_ONE_FILE = {
    "organisation": [row("organisation", "E1", name="Ancora"), row("organisation", "E2", name="Bussola")],
    "service": [row("service", "SAD")],
    "service_delivery": [
        row("service_delivery", "D1", provider_id="E1", service_id="SAD", quantity="2.5"),
        row("service_delivery", "D2", provider_id="E1", service_id="SAD", quantity="1"),
        row("service_delivery", "D3", provider_id="E2", service_id="SAD", quantity="3"),
    ],
}

MALFORMED = [
    payments(
        "titles-above-the-header",
        table("Comune di Rho", "Estratto pagamenti", *LINES),
        settings={"skip_lines": 2},
    ),
    payments(
        "total-below-the-rows",
        table(*LINES, "Totale generale;1.241,56"),
        settings={"drop": [{"column": "ID", "matches": "(?i)^tot"}]},
    ),
    payments(
        "rows-of-a-trial",
        table(*LINES, "PROVA;9,99", "test;9,99"),
        settings={"drop": [{"column": "ID", "equals": ["prova", "test"]}]},
    ),
    payments(
        "merged-cells",
        table("BENEFICIARIO;ID;IMPORTO", "E1;P1;1.234,56", ";P2;7,00", "E2;P3;1,00"),
        settings={"fill_down": ["BENEFICIARIO"]},
        columns=PAYMENT
        | {
            "payee_kind": {"constant": "ORGANISATION"},
            "person_id": {"constant": ""},
            "organisation_id": "BENEFICIARIO",
        },
        rows=tuple(
            told | {"payee_kind": "ORGANISATION", "person_id": "", "organisation_id": payee}
            for told, payee in zip(
                (*ROWS, {"record_id": "P3", "amount": "1.00"}), ("E1", "E1", "E2"), strict=True
            )
        ),
    ),
    payments(
        "the-same-row-twice",
        table(*LINES, "P2;8,00"),
        codes=frozenset({("duplicate_in_file", 4), ("too_many_bad_rows", None)}),
    ),
    payments(
        "row-of-long-ago",
        table(*LINES),
        rows=tuple(told | {"order_date": "2025-08-01"} for told in ROWS),
        columns=PAYMENT | {"order_date": {"constant": "2025-08-01"}},
    ),
    payments(
        "id-put-together",
        table("ANNO;NUMERO;IMPORTO", "2026;1;1.234,56", "2026;2;7,00"),
        columns=PAYMENT | {"record_id": {"template": "M-{ANNO}/{NUMERO}"}},
        rows=tuple(told | {"record_id": f"M-2026/{n}"} for n, told in enumerate(ROWS, start=1)),
    ),
    payments(
        "code-inside-a-text",
        table("CAUSALE;IMPORTO", "mandato n. P1 del 2026;1.234,56", "mandato n. P2;7,00"),
        columns=PAYMENT | {"record_id": {"column": "CAUSALE", "take": r"n\. (\w+)"}},
    ),
    payments(
        "reversal-by-a-letter",
        table("ID;TIPO;DI;IMPORTO", "P1;P;;1.234,56", "P2;P;;7,00", "P3;S;P2;7,00"),
        rows=(*ROWS, {"record_id": "P3", "amount": "-7.00", "reverses_id": "P2"}),
        entities={
            "payment": [
                {
                    "from": "source",
                    "where": [{"column": "TIPO", "equals": "P"}],
                    "columns": required("payment") | PAYMENT,
                },
                {
                    "from": "source",
                    "where": [{"column": "TIPO", "equals": "S"}],
                    "columns": required("payment")
                    | {
                        "record_id": "ID",
                        "reverses_id": "DI",
                        "amount": {"column": "IMPORTO", "multiply": "-1"},
                    },
                },
            ]
        },
    ),
    payments(
        "spreadsheet",
        workbook(
            [
                ["Estratto"],
                ["ID", "IMPORTO", "DATA"],
                ["P1", 1234.56, date(2026, 10, 1)],
                ["P2", 7, datetime(2026, 10, 1, 9, 30)],
                [None, None, None],
                ["Totale", 1241.56, None],
            ]
        ),
        "pagamenti.xlsx",
        settings={"sheet": "Dati", "skip_lines": 1, "drop": [{"column": "ID", "equals": "totale"}]},
        columns=PAYMENT | {"order_date": "DATA"},
    ),
    payments(
        "spreadsheet-with-a-row-that-is-wrong",
        workbook([["ID", "IMPORTO"], ["P1", 1234.56], [None, None], ["P2", "sette"]]),
        "pagamenti.xlsx",
        settings={"sheet": "Dati"},
        codes=frozenset({("type_wrong", 4), ("too_many_bad_rows", None)}),
    ),
    payments(
        "open-document",
        open_document([["ID", "IMPORTO"], ["P1", "1.234,56"], ["P2", "7,00"]]),
        "pagamenti.ods",
    ),
    payments(
        "spreadsheet-without-its-sheet",
        workbook([["ID", "IMPORTO"]]),
        "pagamenti.xlsx",
        settings={"sheet": "Altro"},
        codes=frozenset({("encoding_wrong", None)}),
    ),
    payments(
        "spreadsheet-with-its-last-cell-at-the-end-of-the-world",
        workbook([["ID", "IMPORTO"], ["P1", 1]], far="XFD1048576"),
        "pagamenti.xlsx",
        settings={"sheet": "Dati"},
        codes=frozenset({("encoding_wrong", None)}),
    ),
    payments(
        "archive-in-the-delivery",
        zipped(table(*LINES)),
        "pagamenti.zip",
        settings={"match": "pagamenti.csv"},
        codes=frozenset({("file_missing", None), ("file_undeclared", None)}),
    ),
    MalformedExport(
        "one-file-for-each-month",
        {"10.csv": table(*LINES[:2]), "11.csv": table(LINES[0], LINES[2])},
        rows=ROWS,
        columns=PAYMENT,
        settings=ITALIAN | {"match": "1?.csv"},
    ),
    MalformedExport(
        "two-layouts-of-one-entity",
        {"pagamenti.csv": table(*LINES[:2]), "altri.csv": table("NUMERO,EURO", "P2,7.00")},
        rows=ROWS,
        settings=ITALIAN,
        others={"other": {"match": "altri.csv"}},
        entities={
            "payment": [
                {"from": "source", "columns": required("payment") | PAYMENT},
                {"from": "other", "columns": required("payment") | {"record_id": "NUMERO", "amount": "EURO"}},
            ]
        },
    ),
    MalformedExport(
        "code-explained-in-another-file",
        {
            "enti.csv": table("ID;SEDE", "E1;A1", "E2;B2"),
            "sedi.csv": table("SEDE;ISTAT", "A1;15146", "B2;15182", "B2;15182"),
        },
        "organisation",
        ({"record_id": "E1", "istat_comune": "015146"}, {"record_id": "E2", "istat_comune": "015182"}),
        {
            "record_id": "ID",
            "istat_comune": {
                "lookup": {"in": "seats", "where": {"SEDE": "SEDE"}, "give": "ISTAT"},
                "as": "istat_code",
            },
        },
        SEMICOLON,
        {"seats": {"match": "sedi.csv", "delimiter": ";"}},
    ),
    MalformedExport(
        "code-explained-in-two-ways",
        {
            "enti.csv": table("ID;SEDE", "E1;A1", "E2;B2"),
            "sedi.csv": table("SEDE;ISTAT", "A1;015146", "B2;015182", "B2;015146"),
        },
        "organisation",
        ({"record_id": "E1", "istat_comune": "015146"},),
        {
            "record_id": "ID",
            "istat_comune": {"lookup": {"in": "seats", "where": {"SEDE": "SEDE"}, "give": "ISTAT"}},
        },
        SEMICOLON,
        {"seats": {"match": "sedi.csv", "delimiter": ";"}},
        codes=frozenset({("required_missing", 3), ("too_many_bad_rows", None)}),
    ),
    MalformedExport(
        "entities-of-one-file",
        {"prestazioni.csv": DELIVERIES},
        settings=ITALIAN,
        entities=ENTITIES_OF_ONE_FILE,
        twin=TWIN_OF_ONE_FILE,
    ),
    MalformedExport(
        "funder-written-in-the-mapping",
        {"pagamenti.csv": table(*LINES)},
        settings=ITALIAN,
        entities={
            "organisation": {"rows": [row("organisation", "STATO", kind="STATE")]},
            "payment": {
                "from": "source",
                "columns": required("payment") | PAYMENT | {"payer_id": {"constant": "STATO"}},
            },
        },
        twin={
            "organisation": [row("organisation", "STATO", kind="STATE")],
            "payment": [
                row("payment", told["record_id"], amount=told["amount"], payer_id="STATO") for told in ROWS
            ],
        },
    ),
]
