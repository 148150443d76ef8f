"""A table of a page as a sheet of a workbook: the same cells arrive, typed ones leave.

`core.presentation.workbook` writes the file. What the cells mean does not belong here.
"""

from collections.abc import Sequence
from datetime import date

from core.presentation.workbook import About, Definition, Kind, Sheet, SheetCell, SheetColumn
from dashboards.components.table import Cell, Column, Table
from dashboards.figures import MARKS, SHOWN, Indicator
from dashboards.i18n import Messages
from dashboards.release import Release


def kind_of(unit: str) -> Kind:
    """Return how a spreadsheet shows the numbers of a unit of the registry."""
    if unit.startswith("EUR"):
        return "euro"
    if unit in ("persons", "count", "days"):
        return "count"
    return "share" if unit == "ratio" else "number"


def sheet(table: Table, name: str, notes: Sequence[str] = ()) -> Sheet:
    """Return a table as the sheet `name`; `notes` are said of it besides its caption."""
    rows = [[_typed(cell) for cell in row] for row in table.rows]
    columns = [_column(column, [row[n] for row in rows]) for n, column in enumerate(table.columns)]
    return Sheet(name, table.caption, columns, rows, tuple(notes))


def _column(column: Column, cells: Sequence[SheetCell]) -> SheetColumn:
    kind = column.kind
    if kind is None:
        kind = "number" if column.numeric else "text"
        values = [cell.value for cell in cells if cell.value is not None]
        if values and all(isinstance(value, date) for value in values):
            kind = "date"
    return SheetColumn(column.key, column.label, kind, column.note)


def _typed(cell: Cell) -> SheetCell:
    raw = cell.raw
    if isinstance(raw, str):
        # Pages carry days as files write them.
        if len(raw) == len("2026-03-31") and raw != cell.text and raw[4:5] == raw[7:8] == "-":
            return SheetCell(date.fromisoformat(raw), cell.mark)
        # A code stands in the CSV; people read its word.
        return SheetCell(cell.text or raw or None, cell.mark)
    return SheetCell(raw, cell.mark)


def about(
    title: str, facts: Sequence[tuple[str, str]], release: Release, messages: Messages, printed: str
) -> About:
    """Return the first sheet: the title, some facts and the release, whether its data are simulated, and what
    the marks mean."""
    lines = [*facts, (messages("file.release"), release.release_id)]
    if release.simulated:
        lines.append((messages("file.simulated"), release.simulated.names))
    # A file for everybody, or of what is the reader's own, has nothing that a role does not see.
    hiding = [mark for mark in MARKS if mark not in (*SHOWN, "not_visible")]
    return About(
        title=title,
        facts=lines,
        marks={mark: messages(f"mark.{mark}.spoken") for mark in hiding},
        mark_words={mark: messages(f"mark.{mark}") for mark in hiding},
        printed=printed,
    )


def definitions(indicators: Sequence[Indicator], messages: Messages) -> list[Definition]:
    """Return the words of the indicators that a workbook explains."""
    return [Definition(i.indicator_id, i.name(messages), i.unit, i.definition(messages)) for i in indicators]
