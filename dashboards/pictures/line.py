"""The line (Linea): points over periods arrive, coordinates leave.

Up to four series share the axis of their periods, from 0. Where a number is hidden or lacks, the line has a
gap and the letter of its mark stands at the axis. A period that is not over is reached by a dash.
"""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from core.presentation.formatting import Lang, number, share
from dashboards.i18n import Messages
from dashboards.pictures.svg import NARROW, WIDE, Picture

_TOP, _BOTTOM, _LEFT, _HEIGHT = 16, 44, 8, 270
_CHARACTER = 8.2
# Lines of one picture, and how many characters of a line's name stand in a row beside its end.
MOST, _LABEL = 4, 14
_LEADING = 16


@dataclass(frozen=True)
class Point:
    """A point of a series: its period, its number (None where the mark hides or lacks it), its text, the
    letter of its mark, the mark, whether the period is still open, and its short name under the axis."""

    period: str
    value: float | None
    text: str
    letter: str = ""
    mark: str = ""
    is_open: bool = False
    tick: str | None = None


@dataclass(frozen=True)
class Series:
    """A line: its name, its points in the order of periods, and whether it is the reader's own or one beside
    it, drawn in grey."""

    name: str
    points: Sequence[Point]
    is_context: bool = False


def line(
    name: str,
    title: str,
    alternative: str,
    series: Sequence[Series],
    hue: str,
    lang: Lang,
    *,
    percent: bool = False,
) -> Picture:
    """Return the picture of some series over the same periods; where more than one is the reader's own, each
    has a colour and its name at its end. `percent`: numbers are shares."""
    if len(series) > MOST and sum(not each.is_context for each in series) > 1:
        raise ValueError(f"a picture holds at most {MOST} lines, not {len(series)}")
    drawn = {width: _drawn(series, width, lang, percent) | {"hue": hue} for width in (WIDE, NARROW)}
    return Picture("line.svg.j2", name, title, alternative, drawn)


def alternative(series: Sequence[Series], messages: Messages) -> str:
    """Return the sentence that stands for a line: first, last, highest and lowest value, and how
    many are protected."""
    told = []
    for each in series:
        shown = [point for point in each.points if point.value is not None]
        if not shown:
            told.append(messages("alternative.nothing", name=each.name))
            continue
        most, least = (pick(shown, key=lambda p: p.value or 0) for pick in (max, min))
        told.append(
            messages(
                "alternative.line",
                name=each.name,
                first=shown[0].text,
                first_period=shown[0].period,
                last=shown[-1].text,
                last_period=shown[-1].period,
                most=most.text,
                most_period=most.period,
                least=least.text,
                least_period=least.period,
                hidden=sum(point.mark == "suppressed" for point in each.points),
            )
        )
    return " ".join(told)


def ceiling(most: float) -> float:
    """Return the end of an axis: the least of 1, 2, 2.5, 5 times a power of ten that holds the value."""
    if most <= 0:
        return 1.0
    power = 10.0
    while power > most:
        power /= 10
    while power * 10 < most:
        power *= 10
    return next(power * step for step in (1, 2, 2.5, 5, 10) if power * step >= most)


def on_axis(value: float, top: float, lang: Lang) -> str:
    """Return a number at the line of an axis that ends at `top`, never rounded to another one."""
    return number(value, lang, 0 if float(value).is_integer() else 1 if top >= 4 else 2)


def _drawn(series: Sequence[Series], width: int, lang: Lang, percent: bool) -> dict[str, object]:
    first = series[0].points
    shown = [point.value for each in series for point in each.points if point.value is not None]
    top = ceiling(max(shown, default=0))
    axis = [share(top * part, lang) if percent else on_axis(top * part, top, lang) for part in (0, 0.5, 1)]
    left = _LEFT + max(len(text) for text in axis) * _CHARACTER
    named = sum(not each.is_context for each in series) > 1
    labels = {each.name: _label(each, named=named) for each in series if not each.is_context}
    right = width - 12 - max((len(text) for rows in labels.values() for text in rows), default=0) * _CHARACTER
    height = _HEIGHT if width == WIDE else _HEIGHT - 40
    floor = height - _BOTTOM

    def x(n: int) -> float:
        part = n / (len(first) - 1) if len(first) > 1 else 0.5
        return round(left + 20 + (right - left - 40) * part, 1)

    def y(value: float) -> float:
        return round(floor - (floor - _TOP) * value / top, 1)

    drawn = [
        _line(each, x, y, floor, labels.get(each.name, []))
        for each in sorted(series, key=lambda s: not s.is_context)
    ]
    own = [each for each in drawn if not each["context"]]
    for n, each in enumerate(own, 1):
        each["role"] = f"own own-{n}" if named else "own"
    _apart([each for each in own if each["last"]], floor)
    return {
        "height": height,
        "left": round(left, 1),
        "right": round(right, 1),
        "floor": floor,
        "leading": _LEADING,
        "grid": [
            {"y": y(top * part), "text": text, "x": round(left - 6, 1)}
            for part, text in zip((0, 0.5, 1), axis, strict=True)
        ],
        "periods": _ticks(first, x),
        "series": drawn,
    }


def _ticks(points: Sequence[Point], x: Callable[[int], float]) -> list[dict[str, object]]:
    """Names of periods that would touch are left out, and the last one always stands; where short names come
    in, those that are not empty stand, first those that carry a year."""
    if any(point.tick is not None for point in points):
        return _apart_ticks([(x(n), point.tick) for n, point in enumerate(points) if point.tick])
    room = 1
    if len(points) > 1:
        longest = max(len(point.period) for point in points)
        room = max(1, round((longest * _CHARACTER + 8) / max(x(1) - x(0), 1) + 0.49))
    return [
        {"x": x(n), "text": point.period}
        for n, point in enumerate(points)
        if (len(points) - 1 - n) % room == 0
    ]


def _apart_ticks(named: Sequence[tuple[float, str]]) -> list[dict[str, object]]:
    room = max((len(row) for _, text in named for row in text.split("\n")), default=0) * _CHARACTER + 4
    kept: list[tuple[float, str]] = []
    for place, text in sorted(named, key=lambda each: ("\n" not in each[1], each[0])):
        if all(abs(place - other) >= room for other, _ in kept):
            kept.append((place, text))
    return [{"x": place, "text": text} for place, text in sorted(kept)]


def _label(series: Series, *, named: bool) -> list[str]:
    last = series.points[-1]
    if last.value is None:
        return textwrap.wrap(series.name, _LABEL) if named else []
    return [last.text, *(textwrap.wrap(series.name, _LABEL) if named else [])]


def _line(
    series: Series, x: Callable[[int], float], y: Callable[[float], float], floor: float, label: list[str]
) -> dict[str, Any]:
    pieces: list[list[str]] = [[]]
    dots, letters = [], []
    for n, point in enumerate(series.points):
        if point.value is None:
            pieces.append([])
            letters.append({"x": x(n), "y": floor - 6, "text": point.letter})
            continue
        if point.is_open:
            pieces.append([])
        else:
            pieces[-1].append(f"{x(n)},{y(point.value)}")
        dots.append(
            {
                "x": x(n),
                "y": y(point.value),
                "text": point.text,
                "period": point.period,
                "open": point.is_open,
            }
        )
    reaching = [
        f"{x(n)},{y(before.value)} {x(n + 1)},{y(after.value)}"
        for n, (before, after) in enumerate(pairwise(series.points))
        if after.is_open and before.value is not None and after.value is not None
    ]
    last = dots[-1] if dots and series.points[-1].value is not None else None
    return {
        "name": series.name,
        "context": series.is_context,
        "role": "context",
        "lines": [" ".join(piece) for piece in pieces if len(piece) > 1],
        "reaching": reaching,
        "dots": dots,
        "letters": letters,
        "last": None if last is None else last | {"label": label, "at": last["y"]},
    }


def _apart(ends: list[dict[str, Any]], floor: float) -> None:
    """Move the labels of lines that end close together, so that none covers another."""
    below = floor + _LEADING
    for each in sorted(ends, key=lambda each: -each["last"]["y"]):
        end = each["last"]
        end["at"] = round(min(end["y"], below - _LEADING * len(end["label"])), 1)
        below = end["at"]
