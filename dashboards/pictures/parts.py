"""The parts of a whole (segments of a ledger bar): rows of amounts that add up to their whole
arrive, bars leave.

All rows share one axis from 0. The parts stand in the same order in every row and in the text under it, so
that no colour has to be told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.pictures.svg import NARROW, WIDE, Picture

_BAR, _TOP, _CHARACTER, _KEY, _GAP = 20, 8, 7.2, 22, 2
# Of one hue, from full to pale.
MOST = 4


@dataclass(frozen=True)
class Whole:
    """A row: its name, its whole as text, its parts in the order of the key, and the line under the bar; no
    parts where a mark stands instead."""

    name: str
    text: str
    parts: Sequence[float]
    told: str
    mark: str = "value"


def parts(
    name: str, title: str, alternative: str, rows: Sequence[Whole], key: Sequence[str], hue: str
) -> Picture:
    """Return the picture of some wholes; `key` names their parts, at most four."""
    if len(key) > MOST:
        raise ValueError(f"a whole has at most {MOST} parts, not {len(key)}")
    drawn = {width: _drawn(rows, key, width) | {"hue": hue} for width in (WIDE, NARROW)}
    return Picture("parts.svg.j2", name, title, alternative, drawn)


def _drawn(rows: Sequence[Whole], key: Sequence[str], width: int) -> dict[str, Any]:
    most = max((sum(max(part, 0) for part in row.parts) for row in rows), default=0) or 1
    keys, x, y = [], 0.0, 4.0
    for n, text in enumerate(key):
        if x and x + len(text) * _CHARACTER + 30 > width:
            x, y = 0.0, y + _KEY
        keys.append({"n": n + 1, "x": round(x, 1), "y": y, "text": text})
        x += len(text) * _CHARACTER + 44
    at, made = y + _KEY + _TOP, []
    for row in rows:
        lines = _lines(row.told, width)
        made.append(
            {
                "name": row.name,
                "text": row.text,
                "y": round(at + 14, 1),
                "bar": round(at + 22, 1),
                "parts": _segments(row.parts, most, width),
                "mark": row.mark,
                "lines": [
                    {"y": round(at + 22 + _BAR + 16 + 17 * n, 1), "text": text}
                    for n, text in enumerate(lines)
                ],
            }
        )
        at += 22 + _BAR + 17 * len(lines) + 22
    return {"height": round(at), "keys": keys, "rows": made, "thickness": _BAR}


def _segments(amounts: Sequence[float], most: float, width: int) -> list[dict[str, Any]]:
    x, made = 0.0, []
    for n, amount in enumerate(amounts):
        length = width * max(amount, 0) / most
        if length > 0:
            made.append({"n": n + 1, "x": round(x, 1), "width": round(max(length - _GAP, 1), 1)})
        x += length
    return made


def _lines(told: str, width: int) -> list[str]:
    room, lines = int(width / _CHARACTER), [""]
    for piece in told.split(" · "):
        joined = f"{lines[-1]} · {piece}" if lines[-1] else piece
        if lines[-1] and len(joined) > room:
            lines.append(piece)
        else:
            lines[-1] = joined
    return lines
