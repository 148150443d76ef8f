"""The cells and bars of the site's tables: published figures and rows of public tables arrive, what is
printed and what goes into a file leaves."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.presentation import formatting
from core.presentation.formatting import Lang
from dashboards.components.bars import Bar
from dashboards.components.mark import chip
from dashboards.components.table import Cell, figure_cell
from dashboards.figures import SHOWN, Indicator
from dashboards.i18n import Messages
from dashboards.site.published_release import PublishedFigure, Row

# The columns of public tables that hold euro; the others count.
_EURO = ("call_amount", "amount", "voucher_money", "spend_delivered")


def shown_cell(figure: PublishedFigure | None, indicator: Indicator, messages: Messages) -> Cell:
    """Return the cell of a figure; where none was published, the one that says so."""
    return marked_cell("missing", messages) if figure is None else figure_cell(figure, indicator, messages)


def marked_cell(mark: str, messages: Messages) -> Cell:
    """Return the cell that has a mark in the place of its number."""
    return Cell(messages(f"mark.{mark}"), None, mark)


def euro_cell(amount: Decimal, lang: Lang) -> Cell:
    """Return the cell of euro that are public by law."""
    return Cell(formatting.euro(amount, lang), amount, "value" if amount else "zero")


def row_cell(row: Row, column: str, messages: Messages) -> Cell:
    """Return the cell of a count or an amount of a public table, by its mark."""
    mark, number = _mark(row, column), row[column]
    if mark not in SHOWN:
        return marked_cell(mark, messages)
    write = formatting.euro if column in _EURO else formatting.number
    return Cell(write(number, messages.lang), number, mark)


def day_cell(day: date | None, lang: Lang) -> Cell:
    """Return the cell of a day, which files write as 2026-03-31; an empty one for none."""
    return Cell(formatting.day_in_table(day, lang), day.isoformat()) if day else Cell("", "")


def cell_html(cell: Cell, messages: Messages) -> str:
    """Return what is printed of a cell: its text, or the chip of its mark."""
    return cell.text if cell.mark is None or cell.mark in SHOWN else chip(cell.mark, messages)


def figure_bar(
    label: str,
    figure: PublishedFigure | None,
    cells: Sequence[Cell],
    *,
    before: PublishedFigure | None = None,
    address: str = "",
) -> Bar:
    """Return the row whose bar draws a figure, with the tick of the one before."""
    mark = "missing" if figure is None else figure.mark
    return Bar(label, cells, _length(figure), mark, _length(before), address)


def row_bar(label: str, row: Row, column: str, messages: Messages) -> Bar:
    """Return the row whose bar draws a count or an amount of a public table."""
    mark = _mark(row, column)
    length = float(row[column]) if mark in SHOWN else None
    return Bar(label, [row_cell(row, column, messages)], length, mark)


def _mark(row: Row, column: str) -> str:
    return str(row.get(f"{column}_mark", row.get("mark")))


def _length(figure: PublishedFigure | None) -> float | None:
    return None if figure is None or figure.amount is None else float(figure.amount)
