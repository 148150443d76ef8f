"""The line (Linea): points over periods arrive, coordinates leave.

Up to four series share the axis of their periods, from 0. Where a number is hidden or lacks, the line has a
gap and the letter of its mark stands at the axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.numerals import Lang, number
from dashboards.pictures.svg import NARROW, WIDE, Picture
from dashboards.words import Words

_TOP, _BOTTOM, _LEFT, _HEIGHT = 16, 34, 8, 260
_CHARACTER = 8.2


@dataclass(frozen=True)
class Point:
    """A point of a series: its period, its number (None where the mark hides or lacks it), its text, the
    letter of its mark, and the mark."""

    period: str
    value: float | None
    text: str
    letter: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Series:
    """A line: its name, its points in the order of periods, and whether it is the reader's own or one beside
    it, drawn in grey."""

    name: str
    points: Sequence[Point]
    is_context: bool = False


def line(name: str, title: str, alternative: str, series: Sequence[Series], hue: str, lang: Lang) -> Picture:
    """Return the picture of some series over the same periods."""
    drawn = {width: _drawn(series, width, lang) | {"hue": hue} for width in (WIDE, NARROW)}
    return Picture("line.svg.j2", name, title, alternative, drawn)


def alternative(series: Sequence[Series], words: Words) -> str:
    """Return the sentence that stands for a line: first, last, highest and lowest value, and how
    many are protected."""
    told = []
    for each in series:
        shown = [point for point in each.points if point.value is not None]
        if not shown:
            told.append(words("alternative.nothing", name=each.name))
            continue
        most, least = (pick(shown, key=lambda p: p.value or 0) for pick in (max, min))
        told.append(
            words(
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


def _drawn(series: Sequence[Series], width: int, lang: Lang) -> dict[str, object]:
    periods = [point.period for point in series[0].points]
    shown = [point.value for each in series for point in each.points if point.value is not None]
    top = ceiling(max(shown, default=0))
    axis = [number(top * share, lang, 0 if top >= 4 else 2) for share in (0, 0.5, 1)]
    left = _LEFT + max(len(text) for text in axis) * _CHARACTER
    last = [each.points[-1].text for each in series if each.points[-1].value is not None]
    right = width - 12 - max((len(text) for text in last), default=0) * _CHARACTER
    height = _HEIGHT if width == WIDE else _HEIGHT - 40
    floor = height - _BOTTOM

    def x(n: int) -> float:
        share = n / (len(periods) - 1) if len(periods) > 1 else 0.5
        return round(left + 20 + (right - left - 40) * share, 1)

    def y(value: float) -> float:
        return round(floor - (floor - _TOP) * value / top, 1)

    # Names of periods that would touch are left out, the last one always stands.
    room = (
        max(1, round((len(max(periods, key=len)) * _CHARACTER + 8) / max(x(1) - x(0), 1) + 0.49))
        if len(periods) > 1
        else 1
    )
    return {
        "height": height,
        "left": round(left, 1),
        "right": round(right, 1),
        "floor": floor,
        "grid": [
            {"y": y(top * share), "text": text, "x": round(left - 6, 1)}
            for share, text in zip((0, 0.5, 1), axis, strict=True)
        ],
        "periods": [
            {"x": x(n), "text": text} for n, text in enumerate(periods) if (len(periods) - 1 - n) % room == 0
        ],
        "series": [_line(each, x, y, floor) for each in sorted(series, key=lambda s: not s.is_context)],
    }


def _line(series: Series, x, y, floor: float) -> dict[str, object]:
    pieces: list[list[str]] = [[]]
    dots, letters = [], []
    for n, point in enumerate(series.points):
        if point.value is None:
            pieces.append([])
            letters.append({"x": x(n), "y": floor - 6, "text": point.letter})
        else:
            pieces[-1].append(f"{x(n)},{y(point.value)}")
            dots.append({"x": x(n), "y": y(point.value), "text": point.text, "period": point.period})
    return {
        "name": series.name,
        "context": series.is_context,
        "lines": [" ".join(piece) for piece in pieces if len(piece) > 1],
        "dots": dots,
        "letters": letters,
        "last": dots[-1] if dots and series.points[-1].value is not None else None,
    }
