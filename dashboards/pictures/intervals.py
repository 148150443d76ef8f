"""Dots with their intervals (Punti) around zero: one row per item in the order given, a dot, the stroke of
its 95% interval, a line at zero.

Coordinates leave. An item whose number is hidden has a frosted field and the word of its mark, one whose
number lacks has the word alone; a dot that says little about those not measured is hollow.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.presentation.formatting import Lang, number
from dashboards.pictures.line import ceiling
from dashboards.pictures.svg import NARROW, WIDE, Picture

_ROW, _TOP, _BOTTOM, _CHARACTER = 46, 12, 44, 7.4


@dataclass(frozen=True)
class Change:
    """An item: its name, its number and interval (None where the mark hides or lacks them), its text, its
    mark; `hollow` where too few were measured again."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    text: str
    mark: str
    hollow: bool = False


def intervals(
    name: str, title: str, alternative: str, rows: Sequence[Change], hue: str, lang: Lang
) -> Picture:
    """Return the picture of some changes on one axis that holds zero."""
    drawn = {width: _drawn(rows, width, lang) | {"hue": hue} for width in (WIDE, NARROW)}
    return Picture("intervals.svg.j2", name, title, alternative, drawn)


def _drawn(rows: Sequence[Change], width: int, lang: Lang) -> dict[str, object]:
    told = [each for row in rows for each in (row.value, row.low, row.high) if each is not None]
    high, low = max([*told, 0.0]), min([*told, 0.0])
    top, bottom = (ceiling(high) if high > 0 else 0.0), (-ceiling(-low) if low < 0 else 0.0)
    if top == bottom:
        top = 1.0
    # Names stand above their rows, so that long ones have the whole width; the numbers stand at the right.
    longest = max((len(row.text) for row in rows if row.value is not None), default=4)
    left, right = 12.0, width - longest * _CHARACTER - 20
    height = _TOP + _ROW * len(rows) + _BOTTOM

    def x(value: float) -> float:
        return round(left + (right - left) * (value - bottom) / (top - bottom), 1)

    def fits(text: str) -> str:
        most = int((width - 8) / _CHARACTER)
        return text if len(text) <= most else f"{text[: most - 1]}…"

    ticks = sorted({bottom, 0.0, top})
    return {
        "height": height,
        "left": left,
        "span": round(right - left, 1),
        "top": _TOP,
        "floor": height - _BOTTOM,
        "zero": x(0),
        "ticks": [{"x": x(at), "text": number(at, lang, 0 if at == int(at) else 2)} for at in ticks],
        "rows": [
            {
                "name": fits(row.name),
                "whole": row.name,
                "text": row.text,
                "label": _TOP + _ROW * n + 14,
                "y": _TOP + _ROW * n + 30,
                "band": _TOP + _ROW * n + 20,
                "x": None if row.value is None else x(row.value),
                "low": None if row.low is None else x(row.low),
                "high": None if row.high is None else x(row.high),
                "at": round(right + 10, 1),
                "mark": row.mark,
                "hollow": row.hollow,
                "chip": round(len(row.text) * _CHARACTER + 12, 1),
            }
            for n, row in enumerate(rows)
        ],
    }
