"""The bars (Barre): an HTML table in which the bar is the background of a cell, from 0, in one hue, with
one tick.

It is its own table twin. The length of a bar is the share of the longest value or tick; nothing
else is computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from core.presentation.rendering import macro
from dashboards.components.table import Cell, Column, chip_or_text
from dashboards.i18n import Messages


@dataclass(frozen=True)
class Bar:
    """One row: the item, its cells, the value that the bar draws (None = no bar) and the mark of that value.

    reference -- the value of the tick, or None; address -- where the item's name leads, or nothing.
    """

    label: str
    cells: Sequence[Cell]
    length: float | None
    mark: str
    reference: float | None = None
    address: str = ""


@dataclass(frozen=True)
class _Drawn:
    """A row as it is written: each cell with its column, the bar's width and the tick's place, in percent."""

    label: str
    address: str
    cells: Sequence[tuple[Column, Markup]]
    frosted: bool
    width: str = ""
    tick: str = ""


def bars(
    caption: str, item: Column, columns: Sequence[Column], rows: Sequence[Bar], hue: str, messages: Messages
) -> Markup:
    """Return the bars as a table: the item, the number columns, and the bar in a column of its own.

    hue -- people, euro, time or data. A protected value is a frosted pane over the full width, a zero has
    no bar.
    """
    most = max([row.length or 0 for row in rows] + [row.reference or 0 for row in rows] + [0])
    drawn = [_drawn(row, columns, most, messages) for row in rows]
    return macro("bars", "bars")(caption, [item, *columns], drawn, hue)


def _drawn(row: Bar, columns: Sequence[Column], most: float, messages: Messages) -> _Drawn:
    cells = [(column, chip_or_text(cell, messages)) for cell, column in zip(row.cells, columns, strict=True)]
    if row.mark == "suppressed":
        return _Drawn(row.label, row.address, cells, frosted=True)
    width = tick = ""
    if row.mark == "value" and row.length is not None and most > 0:
        width = f"{100 * max(row.length, 0) / most:.2f}%"
    if row.reference is not None and most > 0:
        tick = f"{100 * row.reference / most:.2f}%"
    return _Drawn(row.label, row.address, cells, False, width, tick)
