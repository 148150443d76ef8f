"""The waiting curve (Curva): the share still waiting by day arrives, steps and their band leave.

The line goes down by steps from 100% on day 0. Two guide lines say on which day half and nine in ten have it
behind them; one that is not reached runs to the border. Under the axis stands how many still wait.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.presentation.formatting import Lang, share
from dashboards.pictures.svg import NARROW, WIDE, Picture

_TOP, _LEFT, _RIGHT, _HEIGHT, _UNDER = 26, 50, 16, 330, 84
# The days that are always named, and how far the axis reaches at least.
DAYS, LEAST_END = (0, 30, 60, 90, 180), 180
_ROOM = 46
# The width of a character of a guide line; a curve under this share leaves the upper right corner free.
_CHARACTER, _LOW = 8.2, 0.75


@dataclass(frozen=True)
class Step:
    """From this day on this share (0 to 1) still waits; the ends of its 95% interval, or None."""

    day: int
    share: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Guide:
    """A guide line at a share: the day on which it is reached, or None, and what is written on it."""

    share: float
    day: float | None
    text: str


@dataclass(frozen=True)
class CurveWords:
    """What is written around a curve: under its days, above its shares, beside the row of those still waiting
    and at the thin line of the year before."""

    days: str
    shares: str
    at_risk: str
    before: str = ""


def curve(
    name: str,
    title: str,
    alternative: str,
    steps: Sequence[Step],
    before: Sequence[Step],
    guides: Sequence[Guide],
    at_risk: Sequence[tuple[int, str]],
    words: CurveWords,
    hue: str,
    lang: Lang,
) -> Picture:
    """Return the picture of a curve; `before` is the one a year earlier (may be empty), `at_risk` how many
    still wait at the days of the axis."""
    end = ending(guides)
    drawn = {
        width: _drawn(steps, before, guides, at_risk, words, width, end, lang) | {"hue": hue}
        for width in (WIDE, NARROW)
    }
    return Picture("curve.svg.j2", name, title, alternative, drawn)


def ending(guides: Sequence[Guide]) -> int:
    """Return the last day of the axis: the least one, or the next thirty days after the last guide line."""
    last = max((guide.day or 0 for guide in guides), default=0)
    return max(LEAST_END, int(-(-last // 30)) * 30)


def _drawn(
    steps: Sequence[Step],
    before: Sequence[Step],
    guides: Sequence[Guide],
    at_risk: Sequence[tuple[int, str]],
    words: CurveWords,
    width: int,
    end: int,
    lang: Lang,
) -> dict[str, Any]:
    height = _HEIGHT if width == WIDE else _HEIGHT - 20
    floor, right = height - _UNDER, width - _RIGHT

    def x(day: float) -> float:
        return round(_LEFT + (right - _LEFT) * min(day, end) / end, 1)

    def y(value: float) -> float:
        return round(floor - (floor - _TOP) * value, 1)

    ticks: list[dict[str, Any]] = []
    for day, text in at_risk:
        if day <= end and (not ticks or x(day) - ticks[-1]["x"] >= _ROOM):
            ticks.append({"x": x(day), "day": str(day), "text": text})
    thin = [step for step in before if step.day <= end]
    corner = _is_corner_free([steps, before], guides, end, width)
    # Low at the border the names of the guide lines stand in the way; the subtitle says what the line is.
    has_room = bool(thin) and thin[-1].share > 0.2
    return {
        "height": height,
        "left": _LEFT,
        "right": right,
        "floor": floor,
        "top": _TOP,
        "grid": [{"y": y(part), "text": share(part, lang)} for part in (0, 0.5, 1)],
        "ticks": ticks,
        "line": _stairs([(step.day, step.share) for step in steps], x, y, end),
        "before": _stairs([(step.day, step.share) for step in before], x, y, end),
        "before_end": {"x": x(thin[-1].day), "y": y(thin[-1].share)} if has_room else None,
        "band": _band(steps, x, y, end),
        "guides": [
            {
                "y": y(guide.share),
                "x": right if guide.day is None else x(guide.day),
                "reached": guide.day is not None,
                "text": guide.text,
                "text_y": _TOP + 18 + 20 * n if corner else None,
            }
            for n, guide in enumerate(guides)
        ],
        "words": words,
    }


def _is_corner_free(curves: Sequence[Sequence[Step]], guides: Sequence[Guide], end: int, width: int) -> bool:
    """Tell whether the curves are low where the words of the guide lines would stand in the upper right
    corner: there they cover nothing, and beside their lines they would lie on the curve."""
    longest = max((len(guide.text) for guide in guides), default=0) * _CHARACTER
    day = end * max(0.0, 1 - longest / (width - _RIGHT - _LEFT))
    reached = (
        max((step for step in steps if step.day <= day), key=_day, default=None)
        for steps in curves
        if len(steps) > 1
    )
    return all(step is None or step.share < _LOW for step in reached)


def _day(step: Step) -> int:
    return step.day


def _stairs(
    points: Sequence[tuple[int, float]], x: Callable[[float], float], y: Callable[[float], float], end: int
) -> str:
    made: list[str] = []
    for n, (day, value) in enumerate(points):
        if day > end:
            # The last step reaches the border, since it goes on behind it.
            made.append(f"{x(end)},{y(points[n - 1][1])}")
            break
        if n:
            made.append(f"{x(day)},{y(points[n - 1][1])}")
        made.append(f"{x(day)},{y(value)}")
    return " ".join(made)


def _band(steps: Sequence[Step], x: Callable[[float], float], y: Callable[[float], float], end: int) -> str:
    known = [step for step in steps if step.low is not None and step.high is not None]
    upper = _stairs([(step.day, step.high or 0) for step in known], x, y, end)
    lower = _stairs([(step.day, step.low or 0) for step in known], x, y, end)
    return f"{upper} {' '.join(reversed(lower.split()))}".strip()
