"""The dots (Punti): one row per item in the order given, a dot on one axis, a line at the reference.

Coordinates leave. An item whose number is hidden has a frosted field and the word of its mark, one whose
number lacks has the word alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.numerals import Lang, number
from dashboards.pictures.line import ceiling
from dashboards.pictures.svg import NARROW, WIDE, Picture

_ROW, _TOP, _BOTTOM, _CHARACTER = 30, 26, 44, 8.2


@dataclass(frozen=True)
class Dot:
    """An item: its name, its number (None where the mark hides or lacks it), its text, its mark."""

    name: str
    value: float | None
    text: str
    mark: str


def dots(
    name: str,
    title: str,
    alternative: str,
    rows: Sequence[Dot],
    hue: str,
    lang: Lang,
    reference: tuple[float, str] | None = None,
) -> Picture:
    """Return the picture of some items; `reference` is the number of the line and what it is called."""
    drawn = {width: _drawn(rows, width, lang, reference) | {"hue": hue} for width in (WIDE, NARROW)}
    return Picture("dots.svg.j2", name, title, alternative, drawn)


def _drawn(
    rows: Sequence[Dot], width: int, lang: Lang, reference: tuple[float, str] | None
) -> dict[str, object]:
    values = [row.value for row in rows if row.value is not None]
    most = max([*values, reference[0] if reference else 0], default=0)
    top = ceiling(most)
    longest = max((len(row.name) for row in rows), default=0)
    left = min(longest * _CHARACTER + 16, width * 0.42)
    right = width - max((len(row.text) for row in rows if row.value is not None), default=4) * _CHARACTER - 18
    height = _TOP + _ROW * len(rows) + _BOTTOM

    def x(value: float) -> float:
        return round(left + (right - left) * max(value, 0) / top, 1)

    floor = height - _BOTTOM
    return {
        "height": height,
        "left": round(left, 1),
        "right": round(right, 1),
        "span": round(right - left, 1),
        "top": _TOP,
        "floor": floor,
        "ticks": [
            {"x": x(top * share), "text": number(top * share, lang, 0 if top >= 4 else 2)}
            for share in (0, 0.5, 1)
        ],
        "reference": None if reference is None else {"x": x(reference[0]), "text": reference[1]},
        "rows": [
            {
                "name": row.name,
                "text": row.text,
                "y": _TOP + _ROW * n + _ROW // 2,
                "band": _TOP + _ROW * n + 5,
                "x": None if row.value is None else x(row.value),
                "mark": row.mark,
                "chip": round(len(row.text) * _CHARACTER + 12, 1),
            }
            for n, row in enumerate(rows)
        ],
    }
