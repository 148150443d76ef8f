"""The dots (Punti): one row per item in the order given, a dot on one axis, a line at the reference.

Coordinates leave. An item whose number is hidden has a frosted field and the word of its mark, one whose
number lacks has the word alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.presentation.formatting import Lang, share
from dashboards.pictures.line import ceiling, on_axis
from dashboards.pictures.svg import NARROW, WIDE, Picture

_ROW, _TOP, _BOTTOM, _CHARACTER = 30, 26, 44, 8.2
# What a character of a name takes at least, where many stand together.
_NARROWEST = 6.6


@dataclass(frozen=True)
class Dot:
    """An item: its name, its number (None where the mark hides or lacks it), its text, its mark.

    adjusted -- a full dot, and then the value is a hollow one; peers -- a tick at what similar ones have;
    is_context -- others are the reader's own, so it is grey.
    """

    name: str
    value: float | None
    text: str
    mark: str
    adjusted: float | None = None
    peers: float | None = None
    is_context: bool = False


def dots(
    name: str,
    title: str,
    alternative: str,
    rows: Sequence[Dot],
    hue: str,
    lang: Lang,
    reference: tuple[float, str] | None = None,
    *,
    percent: bool = False,
) -> Picture:
    """Return the picture of some items; `reference` is the number of the line and what it is called,
    `percent`: numbers are shares."""
    drawn = {width: _drawn(rows, width, lang, reference, percent) | {"hue": hue} for width in (WIDE, NARROW)}
    return Picture("dots.svg.j2", name, title, alternative, drawn)


def _drawn(
    rows: Sequence[Dot], width: int, lang: Lang, reference: tuple[float, str] | None, percent: bool
) -> dict[str, object]:
    values = [row.value for row in rows if row.value is not None]
    beside = [each for row in rows for each in (row.adjusted, row.peers) if each is not None]
    most = max([*values, *beside, reference[0] if reference else 0], default=0)
    top = ceiling(most)
    longest = max((len(row.name) for row in rows), default=0)
    # Names that would run into the axis stand above their rows.
    is_above = longest * _NARROWEST + 12 > width * 0.42
    left = 4 if is_above else min(longest * _CHARACTER + 16, width * 0.42)
    row_height, lower = (_ROW + 16, 16) if is_above else (_ROW, 0)
    right = width - max((len(row.text) for row in rows if row.value is not None), default=4) * _CHARACTER - 18
    height = _TOP + row_height * len(rows) + _BOTTOM

    def x(value: float) -> float:
        return round(left + (right - left) * max(value, 0) / top, 1)

    def written(value: float) -> str:
        return share(value, lang) if percent else on_axis(value, top, lang)

    floor = height - _BOTTOM
    return {
        "height": height,
        "left": round(left, 1),
        "right": round(right, 1),
        "span": round(right - left, 1),
        "top": _TOP,
        "floor": floor,
        "ticks": [{"x": x(top * part), "text": written(top * part)} for part in (0, 0.5, 1)],
        "reference": None if reference is None else {"x": x(reference[0]), "text": reference[1]},
        "rows": [
            {
                "name": row.name,
                "text": row.text,
                "y": _TOP + row_height * n + lower + _ROW // 2,
                "name_y": _TOP + row_height * n + (12 if is_above else _ROW // 2),
                "band": _TOP + row_height * n + lower + 5,
                "x": None if row.value is None else x(row.value),
                "adjusted": None if row.adjusted is None or row.value is None else x(row.adjusted),
                "peers": None if row.peers is None else x(row.peers),
                "text_x": right,
                "context": row.is_context,
                "mark": row.mark,
                "chip": round(len(row.text) * _CHARACTER + 12, 1),
            }
            for n, row in enumerate(rows)
        ],
    }
