"""The bars (Barre): an HTML table in which the bar is the background of a cell, from 0, in one hue, with
one tick.

It is its own table twin. The length of a bar is the share of the longest value or tick; nothing
else is computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboards.parts.mark import frosted_class
from dashboards.parts.table import Cell, Column, chip_or_text
from dashboards.words import Words


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


def bars(
    caption: str, item: Column, columns: Sequence[Column], rows: Sequence[Bar], hue: str, words: Words
) -> str:
    """Return the bars as a table: the item, the number columns, and the bar in a column of its own.

    hue -- people, euro, time or data. A protected value is a frosted pane over the full width, a zero has
    no bar.
    """
    most = max([row.length or 0 for row in rows] + [row.reference or 0 for row in rows] + [0])
    head = "".join(
        f'<th role="columnheader" scope="col"{_number(column)}>'
        f"{escape(column.label)}{_note(column.note)}</th>"
        for column in (item, *columns)
    )
    body = "".join(_row(row, columns, most, words) for row in rows)
    caption = escape(caption)
    # On a phone the heads are not seen: what they note stands above the rows.
    notes = "".join(
        f'<p class="cdv-caption cdv-narrow">{escape(f"{column.label}: {column.note}")}</p>'
        for column in columns
        if column.note
    )
    return (
        f'{notes}<table class="cdv-bars cdv-hue-{hue}" role="table" aria-label="{caption}">'
        f'<thead role="rowgroup"><tr role="row">{head}<td role="presentation"></td></tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _number(column: Column) -> str:
    return ' class="cdv-number"' if column.numeric else ""


def _note(note: str) -> str:
    return f'<span class="cdv-head-note">{escape(note)}</span>' if note else ""


def _row(row: Bar, columns: Sequence[Column], most: float, words: Words) -> str:
    label = escape(row.label)
    if row.address:
        label = f'<a href="{escape(row.address)}" target="_self">{label}</a>'
    cells = "".join(
        f'<td role="cell" data-label="{escape(column.label)}"{_number(column)}>'
        f"{chip_or_text(cell, words)}</td>"
        for cell, column in zip(row.cells, columns, strict=True)
    )
    return f'<tr role="row"><th role="rowheader" scope="row">{label}</th>{cells}{_bar(row, most)}</tr>'


def _bar(row: Bar, most: float) -> str:
    if row.mark == "suppressed":
        return f'<td role="presentation" class="cdv-bar{frosted_class(row.mark)}"></td>'
    inside = ""
    if row.mark == "value" and row.length is not None and most > 0:
        inside += f'<span class="cdv-bar-fill" style="width:{100 * max(row.length, 0) / most:.2f}%"></span>'
    if row.reference is not None and most > 0:
        inside += f'<span class="cdv-bar-tick" style="left:{100 * row.reference / most:.2f}%"></span>'
    return f'<td role="presentation" class="cdv-bar"><span class="cdv-bar-track">{inside}</span></td>'
