"""Quirks of numbers, dates, times and codes."""

from tests.ingestion.malformed_exports.malformed import MalformedExport, table
from tests.support.exports import CODICE_FISCALE, TAX_CODE

SEMICOLON = {"delimiter": ";"}
ITALIAN = {"delimiter": ";", "decimal": ",", "thousands": "."}
REFUSED = ("too_many_bad_rows", None)


def payments(
    name: str, written: dict[str, str | None], bad=frozenset(), amount="IMPORTO", **settings
) -> MalformedExport:
    """Amounts as written, and as the contract has them."""
    lines = [f"P{n};{text}" for n, text in enumerate(written, start=1)]
    rows = tuple({"record_id": f"P{n}", "amount": value} for n, value in enumerate(written.values(), start=1))
    columns = {"record_id": "ID", "amount": amount}
    files = {"pagamenti.csv": table("ID;IMPORTO", *lines)}
    return MalformedExport(name, files, "payment", rows, columns, SEMICOLON | settings, codes=bad)


def days(
    name: str, written: dict[str, str], bad=frozenset(), column="valid_to", rule=None, **settings
) -> MalformedExport:
    """Days as written, and as the contract has them, in a column that may be empty."""
    lines = [f"S{n};{text}" for n, text in enumerate(written, start=1)]
    # Open to the past, so that any day may be the last.
    rows = tuple(
        {"record_id": f"S{n}", "valid_from": "1900-01-01", column: value}
        for n, value in enumerate(written.values(), start=1)
    )
    files = {"servizi.csv": table("ID;GIORNO", *lines)}
    columns = {"record_id": "ID", "valid_from": {"constant": "1900-01-01"}, column: rule or "GIORNO"}
    return MalformedExport(name, files, "service", rows, columns, SEMICOLON | settings, codes=bad)


def moments(name: str, written: dict[str, str], **settings) -> MalformedExport:
    """Moments as written, and as the contract has them."""
    return days(name, written, column="updated_at", **settings)


def organisations(
    name: str, written: dict[str, str], bad=frozenset(), column="tax_code", **rule
) -> MalformedExport:
    """Codes of organisations as written, and as the contract has them."""
    lines = [f"E{n};{text}" for n, text in enumerate(written, start=1)]
    rows = tuple({"record_id": f"E{n}", column: value} for n, value in enumerate(written.values(), start=1))
    columns = {"record_id": "ID", column: {"column": "CODICE", **rule}}
    files = {"enti.csv": table("ID;CODICE", *lines)}
    return MalformedExport(name, files, "organisation", rows, columns, SEMICOLON, codes=bad)


def persons(
    name: str, header: str, lines: list[str], rows: list[dict], columns: dict, bad=frozenset()
) -> MalformedExport:
    """Persons, one a line."""
    told = tuple({"record_id": f"U{n}", **row} for n, row in enumerate(rows, start=1))
    files = {"utenti.csv": table(f"ID;{header}", *(f"U{n};{line}" for n, line in enumerate(lines, start=1)))}
    return MalformedExport(name, files, "person", told, {"record_id": "ID", **columns}, SEMICOLON, codes=bad)


CF = {"id_kind": {"constant": "CF"}, "id_value": {"column": "CF", "as": "codice_fiscale"}}

MALFORMED = [
    payments(
        "italian-numbers",
        {"1.234,56": "1234.56", "12,5": "12.5", "7": "7", "1.234.567,00": "1234567.00", "1.234": "1234"},
        decimal=",",
        thousands=".",
    ),
    payments(
        "english-numbers",
        {"1,234.56": "1234.56", "12.50": "12.50", "1,234": "1234"},
        decimal=".",
        thousands=",",
    ),
    payments("plain-numbers", {"1234.56": "1234.56", "0.10": "0.10"}),
    payments(
        "numbers-of-two-kinds-in-a-column",
        {"1.234,56": "1234.56", "1234.56": "1234.56", "1,5": "1.50"},
        frozenset({("type_wrong", 3), REFUSED}),
        decimal=",",
        thousands=".",
    ),
    payments(
        "currency-signs",
        {"€ 1.234,56": "1234.56", "12,50 €": "12.50", "EUR 3": "3.00", "1 000,00 euro": "1000.00"},
        decimal=",",
        thousands=".",
    ),
    payments("dash-for-zero", {"-": "0.00", "n.d.": "0.00", "1,00": "1.00"}, decimal=",", zero=["-", "n.d."]),
    payments(
        "dash-for-nothing",
        {"-": "", "1,00": "1.00"},
        frozenset({("required_missing", 2), REFUSED}),
        decimal=",",
        empty=["-", "n.d."],
    ),
    payments(
        "amounts-in-cents",
        {"123456": "1234.56", "5": "0.05"},
        amount={"column": "IMPORTO", "multiply": "0.01"},
    ),
    payments("more-decimals-than-cents", {"1,500": "1.50", "2,0000": "2.00"}, decimal=","),
    MalformedExport(
        "reversals-with-signs-of-accountants",
        {
            "pagamenti.csv": table(
                "ID;STORNA;IMPORTO", "P1;;123,45", "P2;;10,00", "P3;P1;(123,45)", "P4;P2;10,00-"
            )
        },
        "payment",
        (
            {"record_id": "P1", "amount": "123.45"},
            {"record_id": "P2", "amount": "10.00"},
            {"record_id": "P3", "amount": "-123.45", "reverses_id": "P1"},
            {"record_id": "P4", "amount": "-10.00", "reverses_id": "P2"},
        ),
        {"record_id": "ID", "reverses_id": "STORNA", "amount": "IMPORTO"},
        ITALIAN,
    ),
    days(
        "italian-days",
        {
            "01/02/2026": "2026-02-01",
            "1/3/2026": "2026-03-01",
            "2026-04-01": "2026-04-01",
            "31.12.26": "2026-12-31",
        },
        dates=["d/M/yyyy", "dd.MM.yy"],
    ),
    days(
        "years-of-two-digits",
        {"01/02/30": "2030-02-01", "01/02/31": "2031-02-01", "": ""},
        dates=["dd/MM/yy"],
        pivot=31,
    ),
    days("days-of-a-spreadsheet", {"46054": "2026-02-01", "46.054": "2026-02-01"}, dates=["excel"]),
    days("days-with-a-clock", {"01/02/2026 00:00:00": "2026-02-01"}, dates=["dd/MM/yyyy HH:mm:ss"]),
    days(
        "days-of-americans",
        {"02/13/2026": "2026-02-13", "02/01/2026": "2026-02-01"},
        frozenset({("type_wrong", 2), ("type_wrong", 3), REFUSED}),
        dates=["dd/MM/yyyy"],
    ),
    days(
        "days-of-americans-declared",
        {"02/13/2026": "2026-02-13", "03/01/2026": "2026-03-01"},
        dates=["MM/dd/yyyy"],
    ),
    days(
        "days-that-mean-nothing",
        {"31/12/9999": "", "01/01/1900": "", "00/00/0000": "", "01/02/2026": "2026-02-01"},
        dates=["dd/MM/yyyy"],
        empty=["31/12/9999", "01/01/1900", "00/00/0000"],
    ),
    days(
        "days-that-never-were",
        {"31/02/2026": "2026-02-28", "01/02/2026": "2026-02-01"},
        frozenset({("type_wrong", 2), REFUSED}),
        dates=["dd/MM/yyyy"],
    ),
    moments(
        "clocks-without-offset",
        {"01/07/2026 10:00": "2026-07-01T10:00:00+02:00", "01/12/2026 10:00": "2026-12-01T10:00:00+01:00"},
        dates=["dd/MM/yyyy HH:mm"],
    ),
    moments(
        "hour-that-comes-twice",
        {"25/10/2026 02:30": "2026-10-25T02:30:00+02:00", "25/10/2026 03:30": "2026-10-25T03:30:00+01:00"},
        dates=["dd/MM/yyyy HH:mm"],
    ),
    moments(
        "hour-that-never-comes",
        {"29/03/2026 02:30": "2026-03-29T03:30:00+02:00", "29/03/2026 01:59": "2026-03-29T01:59:00+01:00"},
        dates=["dd/MM/yyyy HH:mm"],
    ),
    moments(
        "last-hour-of-the-year",
        {
            "31/12/2026 23:30:15": "2026-12-31T23:30:15+01:00",
            "2026-12-31T23:30:00+01:00": "2026-12-31T23:30:00+01:00",
        },
        dates=["dd/MM/yyyy HH:mm:ss"],
    ),
    organisations(
        "tax-code-without-its-zero",
        {"743110157": TAX_CODE, " 80095010585": "80095010585"},
        **{"as": "tax_code"},
    ),
    organisations(
        "tax-code-that-lost-something-else",
        {"743110158": TAX_CODE},
        frozenset({("pattern_wrong", 2), REFUSED}),
        **{"as": "tax_code"},
    ),
    organisations(
        "vat-number-with-its-country",
        {f"IT{TAX_CODE}": TAX_CODE, "it 00743110157": TAX_CODE, "007.431.101.57": TAX_CODE},
        column="vat_number",
        **{"as": "tax_code"},
    ),
    organisations(
        "code-of-which-digits-are-lost",
        {"1,23457E+14": "", "R-12": "R-12"},
        frozenset({("number_mangled", 2), REFUSED}),
        column="runts_number",
    ),
    persons(
        "codice-fiscale-in-small-letters",
        "CF",
        [CODICE_FISCALE.lower(), f" {CODICE_FISCALE[:6]} {CODICE_FISCALE[6:]} "],
        [{"id_kind": "CF", "id_value": CODICE_FISCALE}] * 2,
        CF,
    ),
    persons(
        "codice-fiscale-that-does-not-check",
        "CF",
        [CODICE_FISCALE[:15] + "T"],
        [{"id_kind": "CF", "id_value": CODICE_FISCALE}],
        CF,
        frozenset({("check_digit_wrong", 2), REFUSED}),
    ),
    persons(
        "sex-and-truth-in-many-words",
        "SESSO;DISABILE",
        ["1;S", "2;N", "m;SI", "F;NO", "U;X", ";", "M;VERO", "F;falso", "M;1", "F;0"],
        [
            {"sex": sex, "disability": truth}
            for sex, truth in zip("MFMFX MFMF", ["true", "false"] * 5, strict=True)
            for sex in (sex.strip() or "ND",)
        ],
        {
            "sex": {
                "column": "SESSO",
                "map": {"1": "M", "2": "F", "m": "M", "f": "F", "u": "X"},
                "default": "ND",
            },
            "disability": {"column": "DISABILE", "default": "false"},
        },
    ),
    MalformedExport(
        "age-nobody-has",
        {"nuclei.csv": table("ID;PERSONE", "N1;999", "N2;3")},
        "household",
        ({"record_id": "N1", "size": ""}, {"record_id": "N2", "size": "3"}),
        {"record_id": "ID", "size": {"column": "PERSONE", "empty": ["999"]}},
        SEMICOLON,
    ),
    MalformedExport(
        "amounts-of-head-and-detail",
        {"pagamenti.csv": table("ID;TESTATA;DETTAGLIO", "P1;10,00;10,00", "P2;7,00;", "P3;;3,00")},
        "payment",
        tuple({"record_id": f"P{n}", "amount": f"{a}.00"} for n, a in enumerate((10, 7, 3), start=1)),
        {"record_id": "ID", "amount": {"first_of": ["DETTAGLIO", "TESTATA"]}},
        ITALIAN,
    ),
    MalformedExport(
        "shares-a-cent-off",
        {"prestazioni.csv": table("ID;TOTALE;UTENTE;COMUNE;ALTRI", "D1;10,00;3,33;3,33;3,33")},
        "service_delivery",
        (
            {
                "record_id": "D1",
                "amount_total": "10.00",
                "amount_user": "3.33",
                "amount_municipality": "3.33",
                "amount_ssn": "0",
                "amount_other": "3.33",
            },
        ),
        {
            "record_id": "ID",
            "amount_total": "TOTALE",
            "amount_user": "UTENTE",
            "amount_municipality": "COMUNE",
            "amount_ssn": {"constant": "0"},
            "amount_other": "ALTRI",
        },
        ITALIAN,
    ),
]
