"""Spreadsheets (XLSX) of any table that is shown: sheets of typed cells arrive, the bytes of a file leave.

The same sheets give the same bytes, whenever and wherever they are written. Numbers, days and texts keep
their type; a cell whose number may not or cannot be shown holds the word of its mark, and beside its column
stands one with the mark as files write it. No text becomes a formula. What is meant by the numbers does not
belong here.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import xlsxwriter

from core.presentation.bilingual import Lang, Said
from core.presentation.tokens import colour

Value = str | int | float | Decimal | date | bool | None
# How a spreadsheet shows the numbers of a column; the number itself stays as it is.
Kind = Literal["text", "count", "euro", "share", "number", "date"]

# What a spreadsheet program would run, were it typed into a cell.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
# So many characters fit into a cell, so many digits into a number, so many characters into a sheet's name.
MOST_CHARACTERS = 32_767
MOST_DIGITS = 15
MOST_IN_NAME = 31
_NOT_IN_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", " "))

_WIDTHS = (9, 60)
_NUMBERS: dict[Kind, str] = {
    "count": "#,##0",
    "euro": '#,##0.00\\ "€"',
    "share": "0.0%",
    "number": "#,##0.00##",
}
_DAYS: dict[Lang, str] = {"it": "dd/mm/yyyy", "en": "d mmm yyyy"}
_SAID = {
    "about": Said("Informazioni", "About"),
    "definitions": Said("Definizioni", "Definitions"),
    "sheets": Said("Fogli", "Sheets"),
    "marks": Said("Parole al posto di un numero", "Words in place of a number"),
    "id": Said("Nome nei file", "Name in files"),
    "name": Said("Nome", "Name"),
    "unit": Said("Unità", "Unit"),
    "definition": Said("Definizione", "Definition"),
    "mark": Said("{label}: segno", "{label}: mark"),
    "page": Said("Pagina", "Page"),
}  # fmt: skip


def _word(key: str, lang: Lang) -> str:
    return _SAID[key].it if lang == "it" else _SAID[key].en


@dataclass(frozen=True)
class SheetColumn:
    """A column: its name in files, its label for readers, how its numbers are shown, a note on it."""

    key: str
    label: str
    kind: Kind = "text"
    note: str = ""


@dataclass(frozen=True)
class SheetCell:
    """A value with its type, and the mark of a figure; only with none, `value` or `zero` is it written."""

    value: Value
    mark: str | None = None


@dataclass(frozen=True)
class Sheet:
    """One table: the name on its tab (made legal and unique), its title, and what must be said of it."""

    name: str
    title: str
    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[SheetCell]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Definition:
    """What an indicator is: its id, its name, its unit and its definition in words."""

    indicator_id: str
    name: str
    unit: str
    definition: str


@dataclass(frozen=True)
class About:
    """What stands on the first sheet: the title; label and text of the facts, the release among them; and
    what is said of each mark. `printed` stands at the foot of every printed page."""

    title: str
    facts: Sequence[tuple[str, str]]
    marks: Mapping[str, str]
    mark_words: Mapping[str, str]
    printed: str = ""


class TextTooLongError(ValueError):
    """A text does not fit into a cell of a spreadsheet, and would have been cut."""


def workbook(
    sheets: Sequence[Sheet],
    about: About,
    definitions: Sequence[Definition],
    lang: Lang,
    created: datetime,
) -> bytes:
    """Return a workbook: about, one sheet per table, definitions (left out where there are none).

    Each table has two rows of heads, the labels and under them the names that files use; a column of which
    any cell has a mark is followed by `<key>_mark`. `created`, in UTC, is the moment of the release, so that
    the file does not say when it was written. A number of more digits than a spreadsheet keeps is text.
    Raises TextTooLongError.
    """
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, options | {"strings_to_numbers": False})
    book.set_properties({"title": about.title, "author": "Casa di Vetro", "created": created})
    pen = _Pen(book, lang)
    names = _names([_word("about", lang), *(sheet.name for sheet in sheets), _word("definitions", lang)])
    _write_about(book, pen, about, sheets, names)
    for name, sheet in zip(names[1:], sheets, strict=False):
        _write_sheet(book, pen, name, sheet, about)
    if definitions:
        _write_definitions(book, pen, names[-1], definitions, about)
    book.close()
    return stream.getvalue()


class _Pen:
    """Writes cells: one format per look, made when it is first needed, in the order of the cells."""

    def __init__(self, book: xlsxwriter.Workbook, lang: Lang):
        self.book, self.lang = book, lang
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def look(self, **properties: Any) -> Any:
        """Return the format with these properties."""
        base = {
            "font_name": "Calibri",
            "font_size": 11,
            "valign": "top",
            "font_color": colour("ink", "light"),
        }
        key = tuple(sorted((base | properties).items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(key))
        return self._formats[key]

    def text(self, page: Any, row: int, column: int, text: str, **look: Any) -> None:
        """Write a text as text, also where it looks like a formula, a number or an address."""
        if len(text) > MOST_CHARACTERS:
            raise TextTooLongError(
                f"a text of {len(text)} characters does not fit into a cell, which holds {MOST_CHARACTERS}"
            )
        if text.startswith(RISKY):
            # Excel keeps it text even when somebody types Enter in the cell.
            look["quote_prefix"] = True
        page.write_string(row, column, text, self.look(**look))

    def value(self, page: Any, row: int, column: int, value: Value, kind: Kind) -> None:
        """Write a value with its own type."""
        match value:
            case None:
                pass
            case bool():
                page.write_boolean(row, column, value, self.look())
            case datetime():
                page.write_datetime(row, column, value, self.look(num_format=f"{_DAYS[self.lang]} hh:mm"))
            case date():
                page.write_datetime(row, column, value, self.look(num_format=_DAYS[self.lang], align="left"))
            case int() | float() | Decimal() if _keeps(value):
                page.write_number(row, column, value, self.look(num_format=_NUMBERS.get(kind, "General")))
            case _:
                self.text(page, row, column, str(value), text_wrap=True)


def _keeps(value: int | float | Decimal) -> bool:
    """Tell whether a spreadsheet, which counts in binary floats, keeps every digit of a number."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return isinstance(value, float) or len(exact.normalize().as_tuple().digits) <= MOST_DIGITS


def _names(wanted: Sequence[str]) -> list[str]:
    """Return legal names of sheets, no two the same in capitals."""
    made: list[str] = []
    for name in wanted:
        legal = " ".join(name.translate(_NOT_IN_NAME).split()).strip("'")[:MOST_IN_NAME].strip(" '") or "-"
        taken, plain, n = {each.casefold() for each in (*made, "history")}, legal, 1
        while legal.casefold() in taken:
            n += 1
            legal = f"{plain[: MOST_IN_NAME - len(str(n)) - 1]} {n}"
        made.append(legal)
    return made


def _page(book: xlsxwriter.Workbook, name: str, about: About, lang: Lang) -> Any:
    page = book.add_worksheet(name)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.hide_gridlines(1)
    # An ampersand begins a code in a foot.
    printed = about.printed.replace("&", "&&")
    page.set_footer(f"&L{printed}&R{_word('page', lang)} &P / &N"[:255])
    return page


def _write_about(
    book: xlsxwriter.Workbook, pen: _Pen, about: About, sheets: Sequence[Sheet], names: Sequence[str]
) -> None:
    page = _page(book, names[0], about, pen.lang)
    page.set_column(0, 0, 34)
    page.set_column(1, 1, 90)
    vetro = colour("vetro", "light")
    pen.text(page, 0, 0, about.title, bold=True, font_size=16, font_color=vetro)
    row = 2
    for label, text in about.facts:
        pen.text(page, row, 0, label, font_color=colour("ink-2", "light"), text_wrap=True)
        pen.text(page, row, 1, text, text_wrap=True)
        row += 1
    row += 1
    pen.text(page, row, 0, _word("sheets", pen.lang), bold=True, font_color=vetro)
    for name, sheet in zip(names[1:], sheets, strict=False):
        row += 1
        pen.text(page, row, 0, name)
        pen.text(
            page, row, 1, ". ".join([sheet.title, *(n.rstrip(".") for n in sheet.notes)]), text_wrap=True
        )
    if about.marks:
        row += 2
        pen.text(page, row, 0, _word("marks", pen.lang), bold=True, font_color=vetro)
        for mark, text in about.marks.items():
            row += 1
            pen.text(page, row, 0, about.mark_words.get(mark, mark))
            pen.text(page, row, 1, f"{text} ({mark})", text_wrap=True)


def _write_sheet(book: xlsxwriter.Workbook, pen: _Pen, name: str, sheet: Sheet, about: About) -> None:
    page = _page(book, name, about, pen.lang)
    marked = [any(row[n].mark for row in sheet.rows) for n in range(len(sheet.columns))]
    heads: list[SheetColumn] = []
    for column, is_marked in zip(sheet.columns, marked, strict=True):
        heads.append(column)
        if is_marked:
            label = _word("mark", pen.lang).format(label=column.label)
            heads.append(SheetColumn(f"{column.key}_mark", label))
    for n, head in enumerate(heads):
        side = "left" if head.kind in ("text", "date") else "right"
        pen.text(
            page, 0, n, head.label, bold=True, text_wrap=True, align=side, bg_color=colour("paper", "light")
        )
        pen.text(page, 1, n, head.key, font_size=9, align=side, font_color=colour("ink-3", "light"), bottom=1)
    widths = [max(len(head.key), *map(len, head.label.split() or [""])) for head in heads]
    for at, row in enumerate(sheet.rows, start=2):
        n = 0
        for cell, column, is_marked in zip(row, sheet.columns, marked, strict=True):
            _write_cell(page, pen, at, n, cell, column.kind, about)
            widths[n] = max(widths[n], _width(cell, about))
            n += 1
            if is_marked:
                pen.text(page, at, n, cell.mark or "")
                n += 1
    for n, width in enumerate(widths):
        page.set_column(n, n, min(max(width + 2, _WIDTHS[0]), _WIDTHS[1]))
    page.freeze_panes(2, 1)
    page.repeat_rows(0, 1)
    last = len(sheet.rows) + 1
    if sheet.rows:
        page.autofilter(1, 0, last, len(heads) - 1)
        # A code of digits is a text on purpose.
        page.ignore_errors({"number_stored_as_text": f"A1:{_letters(len(heads))}{last + 1}"})


def _write_cell(
    page: Any, pen: _Pen, row: int, column: int, cell: SheetCell, kind: Kind, about: About
) -> None:
    if cell.mark is None or cell.mark in ("value", "zero"):
        pen.value(page, row, column, cell.value, kind)
        return
    hatch = {"pattern": 14, "bg_color": colour("frosted-tint", "light"), "fg_color": colour("rule", "light")}
    word = about.mark_words.get(cell.mark, cell.mark)
    look = hatch if cell.mark == "suppressed" else {}
    pen.text(page, row, column, word, align="right", **look)


def _width(cell: SheetCell, about: About) -> int:
    if cell.mark is not None and cell.mark not in ("value", "zero"):
        return len(about.mark_words.get(cell.mark, cell.mark))
    # Thousands and the sign of the euro stand besides the digits.
    return len(str(cell.value or "")) + (4 if isinstance(cell.value, int | float | Decimal) else 0)


def _letters(n: int) -> str:
    """Return the letters of the n-th column, from 1: A, B, ..., Z, AA."""
    text = ""
    while n:
        n, rest = divmod(n - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _write_definitions(
    book: xlsxwriter.Workbook, pen: _Pen, name: str, definitions: Sequence[Definition], about: About
) -> None:
    page = _page(book, name, about, pen.lang)
    for n, (key, width) in enumerate((("id", 26), ("name", 34), ("unit", 18), ("definition", 90))):
        page.set_column(n, n, width)
        pen.text(page, 0, n, _word(key, pen.lang), bold=True, bg_color=colour("paper", "light"), bottom=1)
    for row, one in enumerate(definitions, start=1):
        for n, text in enumerate((one.indicator_id, one.name, one.unit, one.definition)):
            pen.text(page, row, n, text, text_wrap=True)
    page.freeze_panes(1, 1)
