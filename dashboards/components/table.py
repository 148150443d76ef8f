"""The table twin (Tabella): rows of cells arrive, HTML for the eye and records for the files leave.

One `Table` is both what a reader sees and what is downloaded, so the two cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from markupsafe import Markup, escape

from core.presentation import formatting
from core.presentation.formatting import Lang
from core.presentation.rendering import macro
from core.presentation.workbook import Kind
from dashboards.components.mark import chip, frosted_class
from dashboards.figures import SHOWN, Figure, Indicator
from dashboards.i18n import Messages

# A text of more characters than this gets a wider column: at 390 px it would run down the page.
_LONG = 60

Raw = str | int | float | Decimal | None


@dataclass(frozen=True)
class Cell:
    """What is printed, what goes into a file, and the mark of a figure (None for anything that is
    not a figure). `address`: where the text leads, or nothing.
    """

    text: str
    raw: Raw
    mark: str | None = None
    address: str = ""


@dataclass(frozen=True)
class Column:
    """A column: its name in files, its label on the page, whether it holds numbers, a note under it, and how
    a spreadsheet shows its numbers (None: as its cells are).
    """

    key: str
    label: str
    numeric: bool = False
    note: str = ""
    kind: Kind | None = None


@dataclass(frozen=True)
class Table:
    """A table with its caption; `when_empty` is the one row that says why there is nothing."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    when_empty: str


def figure_cell(figure: Figure, indicator: Indicator, messages: Messages) -> Cell:
    """Return the cell of a figure: its text, its number with the decimals of its unit, its mark."""
    amount = figure.amount
    raw = None if amount is None else formatting.recorded(amount, indicator.unit)
    return Cell(figure.text(indicator, messages), raw, figure.mark)


def text_cell(text: str | None) -> Cell:
    """Return a cell of plain text."""
    return Cell(text or "", text or "")


def count_cell(n: int | None, lang: Lang) -> Cell:
    """Return the cell of a count; an empty one for none."""
    return Cell("" if n is None else formatting.number(n, lang), n)


def day_cell(day: date | None, lang: Lang) -> Cell:
    """Return the cell of a day; an empty one for none."""
    return Cell(formatting.day_in_table(day, lang), day.isoformat()) if day else Cell("", None)


def moment_cell(at: datetime, lang: Lang) -> Cell:
    """Return the cell of an instant, which comes in UTC and without a zone."""
    return Cell(formatting.moment(at, lang), at.replace(tzinfo=UTC).isoformat())


def chip_or_text(cell: Cell, messages: Messages) -> Markup:
    """Return the cell's text escaped, a link where it leads somewhere, or the chip of its mark where it may
    not or cannot be shown."""
    if cell.address:
        return macro("prose", "link")(cell.text, cell.address)
    if cell.mark is None or cell.mark in SHOWN:
        return escape(cell.text)
    # Words of its own say better than the mark why there is no number.
    return chip(cell.mark, messages, cell.text if cell.text != messages(f"mark.{cell.mark}") else "")


@dataclass(frozen=True)
class _Drawn:
    """A cell as it is written."""

    shown: Markup
    classes: str


def table_html(table: Table, messages: Messages, *, titled: bool = False) -> Markup:
    """Return the table inside its own focusable, labelled region, so that only it scrolls sideways.

    titled -- a heading with the same words stands above, so that the caption is only spoken.
    """
    rows = [
        [_drawn(cell, column, messages) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    columns = table.columns
    return macro("table", "table")(table.caption, columns, rows, table.when_empty, len(columns), titled)


def _drawn(cell: Cell, column: Column, messages: Messages) -> _Drawn:
    kind = "cdv-number" if column.numeric else "cdv-long" if len(cell.text) > _LONG else ""
    classes = kind + frosted_class(cell.mark)
    return _Drawn(chip_or_text(cell, messages), classes.strip())


def twin(table: Table, messages: Messages, *, is_open: bool = False, download: str = "") -> Markup:
    """Return the table folded under "show the numbers", open where the address asks for it (`?table=1`).

    download -- ready HTML that stands under the table.
    """
    return macro("table", "twin")(
        table_html(table, messages), messages("table.show"), is_open, Markup(download)
    )
