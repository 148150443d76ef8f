"""Quirks of bytes, letters and names."""

import unicodedata

from tests.ingestion.malformed_exports.malformed import MalformedExport, table

ORGANISATION = {"record_id": "ID", "name": "NOME"}
NAMES = ({"record_id": "E1", "name": "Cooperativa Età Serena"}, {"record_id": "E2", "name": "L'Ancora"})
LINES = ("ID;NOME", "E1;Cooperativa Età Serena", "E2;L'Ancora")
SEMICOLON = {"delimiter": ";"}
# "Età" as it looks when its UTF-8 was once read as Windows letters, and saved again.
MOJIBAKE = "\n".join(LINES).encode().decode("latin-1").encode()


def named(name: str, content: bytes, **more) -> MalformedExport:
    settings = SEMICOLON | more.pop("settings", {})
    told = {"entity": "organisation", "rows": NAMES, "columns": ORGANISATION} | more
    return MalformedExport(name, {"enti.csv": content}, settings=settings, **told)


def places(name: str, *lines: str, codes: tuple[str, ...], rule: dict, bad=frozenset()) -> MalformedExport:
    rows = tuple({"record_id": f"E{n}", "istat_comune": code} for n, code in enumerate(codes, start=1))
    columns = {"record_id": "ID", "istat_comune": rule}
    content = table("ID;COMUNE;PROV", *(f"E{n};{line}" for n, line in enumerate(lines, start=1)))
    settings = SEMICOLON | {"unused": ["PROV"]}
    files = {"enti.csv": content}
    return MalformedExport(name, files, "organisation", rows, columns, settings, codes=bad)


MALFORMED = [
    named("byte-order-mark", b"\xef\xbb\xbf" + table(*LINES)),
    named("windows-letters", table(*LINES, encoding="cp1252"), settings={"encoding": ["utf-8", "cp1252"]}),
    named("latin-letters", table(*LINES, encoding="latin-1"), settings={"encoding": "latin-1"}),
    named(
        "windows-letters-undeclared",
        table(*LINES, encoding="cp1252"),
        codes=frozenset({("encoding_wrong", None)}),
    ),
    named("mojibake", MOJIBAKE, settings={"repair_mojibake": True}),
    named(
        "mojibake-beside-honest-letters",
        MOJIBAKE + "\nE3;Già Âge".encode(),
        settings={"repair_mojibake": True},
        rows=(*NAMES, {"record_id": "E3", "name": "Già Âge"}),
    ),
    named("decomposed-accents", unicodedata.normalize("NFD", "\r\n".join(LINES)).encode()),
    named("curly-apostrophe", table(*LINES).replace(b"'", "’".encode())),
    named(
        "spaces-that-do-not-break",
        table("ID;NOME", "E1;\u00a0Cooperativa\u00a0Età  Serena ", "E2\u00a0;L'Ancora\u202f"),
    ),
    named(
        "unicode-text-of-a-spreadsheet",
        b"\xff\xfe" + table(*(line.replace(";", "\t") for line in LINES), encoding="utf-16-le"),
        settings={"encoding": "utf-16", "delimiter": "\t"},
    ),
    named("sep-line", table("sep=;", *LINES)),
    named("carriage-returns-only", table(*LINES, end="\r")),
    named("no-last-newline-and-empty-rows", table(*LINES, ";", ";") + b";"),
    named(
        "notes-with-newline-delimiter-and-quotes",
        table(
            "ID;NOTE;NOME",
            'E1;"prima riga\r\nseconda; ""virgolette""";Cooperativa Età Serena',
            "E2;;L'Ancora",
        ),
        settings={"unused": ["NOTE"]},
    ),
    named(
        "line-after-a-note-of-two-lines",
        table("ID;NOTE;NOME", 'E1;"una\r\ndue";Cooperativa Età Serena', "E2;;"),
        settings={"unused": ["NOTE"]},
        codes=frozenset({("required_missing", 4), ("too_many_bad_rows", None)}),
    ),
    named("columns-in-another-order", table("NOME;ID", "Cooperativa Età Serena;E1", "L'Ancora;E2")),
    named(
        "renamed-column",
        table("Codice ;Ragione  Sociale", *LINES[1:]),
        settings={"aliases": {"ID": ["CODICE"], "NOME": ["Ragione sociale", "Denominazione"]}},
    ),
    named(
        "column-gone",
        table("ID;DENOMINAZIONE", *LINES[1:]),
        codes=frozenset({("column_missing", None), ("column_unknown", None)}),
    ),
    named(
        "column-new",
        table("ID;NOME;LIVELLO", *(line + ";3" for line in LINES[1:])),
        codes=frozenset({("column_unknown", None)}),
    ),
    named("no-header", table(*LINES[1:]), settings={"names": ["ID", "NOME"]}),
    named(
        "tabs-under-the-name-of-commas",
        table(*(line.replace(";", "\t") for line in LINES)),
        codes=frozenset({("column_missing", None), ("column_unknown", None)}),
    ),
    named(
        "spreadsheet-under-the-name-of-text",
        b"PK\x03\x04" + bytes(60),
        codes=frozenset({("encoding_wrong", None)}),
    ),
    named("nul-bytes", table(*LINES) + b"E3;\0\r\n", codes=frozenset({("encoding_wrong", None)})),
    named(
        "row-of-too-many-cells",
        table(*LINES, "E3;Tre;quattro"),
        codes=frozenset({("row_malformed", 4), ("too_many_bad_rows", None)}),
    ),
    places(
        "one-comune-written-five-ways",
        "Forli';",
        "FORLI;",
        "Forlì;FC",
        "Comune di Forlì;",
        "forli’;",
        codes=("040012",) * 5,
        rule={"column": "COMUNE", "as": "place"},
    ),
    places(
        "comuni-of-one-name",
        "Samone;Torino",
        "SAMONE;Trento",
        codes=("001235", "022165"),
        rule={"column": "COMUNE", "as": "place", "province": "PROV"},
    ),
    places(
        "comuni-of-one-name-without-province",
        "Samone;",
        "Rho;",
        codes=("001235", "015182"),
        rule={"column": "COMUNE", "as": "place"},
        bad=frozenset({("pattern_wrong", 2), ("too_many_bad_rows", None)}),
    ),
    places(
        "comune-code-without-its-zero",
        "15146;",
        "1235;",
        "015182;",
        codes=("015146", "001235", "015182"),
        rule={"column": "COMUNE", "as": "istat_code"},
    ),
    places(
        "comune-code-behind-its-region",
        "3015146;",
        "03015182;",
        codes=("015146", "015182"),
        rule={"column": "COMUNE", "as": "istat_code"},
    ),
    places(
        "comune-code-of-the-metropolitan-city",
        "215146;",
        "215182;",
        codes=("015146", "015182"),
        rule={"column": "COMUNE", "as": "istat_code"},
    ),
    places(
        "comune-code-before-a-merger",
        "006193;",
        codes=("015182",),
        rule={"column": "COMUNE", "map": {"006193": "015182"}},
    ),
]
