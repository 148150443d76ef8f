"""The table twin (Tabella): rows of cells arrive, HTML for the eye and records for the files leave.

One `Table` is both what a reader sees and what is downloaded, so the two cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

from core.presentation.rendering import macro
from dashboards import numerals
from dashboards.figures import SHOWN, Figure, Indicator
from dashboards.parts.mark import chip, frosted_class
from dashboards.words import Words

Raw = str | int | float | Decimal | None


@dataclass(frozen=True)
class Cell:
    """What is printed, what goes into a file, and the mark of a figure (None for anything that is
    not a figure).
    """

    text: str
    raw: Raw
    mark: str | None = None


@dataclass(frozen=True)
class Column:
    """A column: its name in files, its label on the page, whether it holds numbers, a note under it."""

    key: str
    label: str
    numeric: bool = False
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption; `when_empty` is the one row that says why there is nothing."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    when_empty: str


def figure_cell(figure: Figure, indicator: Indicator, words: Words) -> Cell:
    """Return the cell of a figure: its text, its number with the decimals of its unit, its mark."""
    amount = figure.amount
    raw = None if amount is None else numerals.recorded(amount, indicator.unit)
    return Cell(figure.text(indicator, words), raw, figure.mark)


def text_cell(text: str | None) -> Cell:
    """Return a cell of plain text."""
    return Cell(text or "", text or "")


def chip_or_text(cell: Cell, words: Words) -> Markup:
    """Return the cell's text escaped, or the chip of its mark where it may not or cannot be shown."""
    return escape(cell.text) if cell.mark is None or cell.mark in SHOWN else chip(cell.mark, words)


@dataclass(frozen=True)
class _Drawn:
    """A cell as it is written."""

    shown: Markup
    classes: str


def table_html(table: Table, words: Words, *, titled: bool = False) -> Markup:
    """Return the table inside its own focusable, labelled region, so that only it scrolls sideways.

    titled -- a heading with the same words stands above, so that the caption is only spoken.
    """
    rows = [
        [_drawn(cell, column, words) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows
    ]
    columns = table.columns
    return macro("table", "table")(table.caption, columns, rows, table.when_empty, len(columns), titled)


def _drawn(cell: Cell, column: Column, words: Words) -> _Drawn:
    classes = ("cdv-number" if column.numeric else "") + frosted_class(cell.mark)
    return _Drawn(chip_or_text(cell, words), classes.strip())


def twin(table: Table, words: Words, *, is_open: bool = False, download: str = "") -> Markup:
    """Return the table folded under "show the numbers", open where the address asks for it (`?table=1`).

    download -- ready HTML that stands under the table.
    """
    return macro("table", "twin")(table_html(table, words), words("table.show"), is_open, Markup(download))
