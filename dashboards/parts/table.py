"""The table twin (Tabella): rows of cells arrive, HTML for the eye and records for the files leave.

One `Table` is both what a reader sees and what is downloaded, so the two cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

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


def chip_or_text(cell: Cell, words: Words) -> str:
    """Return the cell's text escaped, or the chip of its mark where it may not or cannot be shown."""
    return escape(cell.text) if cell.mark is None or cell.mark in SHOWN else chip(cell.mark, words)


def table_html(table: Table, words: Words, *, titled: bool = False) -> str:
    """Return the table inside its own focusable, labelled region, so that only it scrolls sideways.

    titled -- a heading with the same words stands above, so that the caption is only spoken.
    """
    head = "".join(_head(column) for column in table.columns)
    body = "".join(_row(row, table.columns, words) for row in table.rows)
    if not table.rows:
        body = f'<tr><td colspan="{len(table.columns)}">{escape(table.when_empty)}</td></tr>'
    caption, spoken = escape(table.caption), ' class="cdv-sr"' if titled else ""
    return (
        f'<div class="cdv-scroll" role="region" tabindex="0" aria-label="{caption}"><table class="cdv-table">'
        f"<caption{spoken}>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _head(column: Column) -> str:
    note = f'<span class="cdv-head-note">{escape(column.note)}</span>' if column.note else ""
    kind = ' class="cdv-number"' if column.numeric else ""
    return f'<th scope="col"{kind}>{escape(column.label)}{note}</th>'


def _row(row: Sequence[Cell], columns: Sequence[Column], words: Words) -> str:
    cells = enumerate(zip(row, columns, strict=True))
    return f"<tr>{''.join(_cell(cell, column, words, n == 0) for n, (cell, column) in cells)}</tr>"


def _cell(cell: Cell, column: Column, words: Words, is_header: bool) -> str:
    shown = chip_or_text(cell, words)
    if is_header:
        return f'<th scope="row">{shown}</th>'
    classes = ("cdv-number" if column.numeric else "") + frosted_class(cell.mark)
    return f'<td class="{classes.strip()}">{shown}</td>' if classes else f"<td>{shown}</td>"


def twin(table: Table, words: Words, *, is_open: bool = False, download: str = "") -> str:
    """Return the table folded under "show the numbers", open where the address asks for it (`?table=1`)."""
    opened = " open" if is_open else ""
    return (
        f'<details class="cdv-twin"{opened}><summary>{escape(words("table.show"))}</summary>'
        f"{table_html(table, words)}{download}</details>"
    )
