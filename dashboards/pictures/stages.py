"""The stages (Percorso): how many reached each stage and how the others left arrive, bars leave.

All bars begin at one line and share one scale, the first stage's. Ways out are pale bars under the stages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.pictures.svg import NARROW, WIDE, Picture

_CHARACTER, _BAR = 7.0, 18


@dataclass(frozen=True)
class Stage:
    """A stage or a way out: its name, how many, the same as text, what else is told of it, and its mark."""

    name: str
    n: float | None
    text: str
    told: str = ""
    is_exit: bool = False
    mark: str = "value"


def stages(name: str, title: str, alternative: str, rows: Sequence[Stage], exits: str, hue: str) -> Picture:
    """Return the picture of some stages in their order; `exits` is written above the ways out."""
    drawn = {width: _drawn(rows, exits, width) | {"hue": hue} for width in (WIDE, NARROW)}
    return Picture("stages.svg.j2", name, title, alternative, drawn)


def _drawn(rows: Sequence[Stage], exits: str, width: int) -> dict[str, Any]:
    most = max((row.n or 0 for row in rows), default=0) or 1
    beside = width == WIDE
    left = min(max((len(row.name) for row in rows), default=0) * _CHARACTER + 12, 290) if beside else 0
    room = max((len(f"{row.text} {row.told}") for row in rows), default=0) * _CHARACTER + 24
    right = max(width - room, left + 120) if beside else width - 8
    height = 46 if beside else 66
    y, made, heading = 4.0, [], None
    for n, row in enumerate(rows):
        if row.is_exit and (n == 0 or not rows[n - 1].is_exit):
            heading = y + 22
            y += 36
        step = 30 if row.is_exit and beside else height
        reach = 0.0 if row.n is None else round((right - left) * row.n / most, 1)
        bar = y + 6 if beside else y + 24
        made.append(
            {
                "name": row.name,
                "text": row.text,
                "told": row.told,
                "exit": row.is_exit,
                "mark": row.mark,
                "name_x": 0,
                "name_y": bar + 13 if beside else y + 14,
                "x": round(left, 1),
                "y": bar,
                "width": reach,
                "bar": _BAR,
                "text_x": round(left + reach + 8, 1) if beside else 0,
                "text_y": bar + 13 if beside else bar + _BAR + 16,
            }
        )
        y += step
    return {
        "height": round(y + 6),
        "left": round(left, 1),
        "span": round(right - left, 1),
        "rows": made,
        "heading": heading,
        "exits": exits,
    }
