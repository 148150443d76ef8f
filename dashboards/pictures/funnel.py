"""The funnel plot (Oltre il caso): territories by their size arrive, dots and two bands leave.

The bands go through the limits of each territory in the order of size: the narrow one is what chance alone
explains, the wide one the variety of the network. Only the reader's own territory and those beyond the wide
band have their names in the picture; all are in its table.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.presentation.formatting import Lang, number, share
from dashboards.pictures.line import ceiling, on_axis
from dashboards.pictures.svg import NARROW, WIDE, Picture

_LEFT, _RIGHT, _HEIGHT, _UNDER, _CHARACTER = 56, 16, 400, 54, 7.6
_KEY = 24


@dataclass(frozen=True)
class Limits:
    """The lower and the upper limit of a band for one territory."""

    low: float
    high: float


@dataclass(frozen=True)
class FunnelDot:
    """A territory: its size, the value that stands against the limits, the value as observed where
    that is another one, its text, its limits by band (`variety`, `chance`), and whether it is named
    and the reader's own."""

    name: str
    size: float
    value: float
    text: str
    bands: dict[str, Limits]
    observed: float | None = None
    is_own: bool = False
    is_beyond: bool = False


@dataclass(frozen=True)
class FunnelWords:
    """What is written around a funnel plot: what the two axes measure, the names of the bands in the key, and
    how the line of the network is called."""

    size: str
    value: str
    bands: dict[str, str]
    network: str


def funnel(
    name: str,
    title: str,
    alternative: str,
    dots: Sequence[FunnelDot],
    network: float | None,
    words: FunnelWords,
    hue: str,
    lang: Lang,
    *,
    percent: bool = False,
) -> Picture:
    """Return the picture of some territories; `network` is the value of all, `percent`: values are shares."""
    drawn = {
        width: _drawn(dots, network, words, width, lang, percent) | {"hue": hue} for width in (WIDE, NARROW)
    }
    return Picture("funnel.svg.j2", name, title, alternative, drawn)


def _drawn(
    dots: Sequence[FunnelDot],
    network: float | None,
    words: FunnelWords,
    width: int,
    lang: Lang,
    percent: bool,
) -> dict[str, Any]:
    ordered = sorted(dots, key=lambda dot: dot.size)
    keys = [{"band": band, "text": text} for band, text in words.bands.items()]
    top = 30 + _KEY * (len(keys) if width == NARROW else 1)
    floor, right = _HEIGHT - _UNDER, width - _RIGHT
    sizes = [dot.size for dot in ordered]
    low, high = math.log10(min(sizes) * 0.8), math.log10(max(sizes) * 1.25)
    seen = [v for dot in ordered for v in (dot.value, dot.observed, network) if v is not None]
    most = ceiling(max(seen) * 1.1)

    def x(size: float) -> float:
        return round(_LEFT + (right - _LEFT) * (math.log10(size) - low) / (high - low), 1)

    def y(value: float) -> float:
        return round(floor - (floor - top) * min(max(value, 0), most) / most, 1)

    def written(value: float) -> str:
        return share(value, lang) if percent else on_axis(value, most, lang)

    return {
        "height": _HEIGHT,
        "left": _LEFT,
        "right": right,
        "floor": floor,
        "keys": _keys(keys, width),
        "words": words,
        "words_y": top - 12,
        "grid": [{"y": y(most * part), "text": written(most * part)} for part in (0, 0.5, 1)],
        "ticks": [
            {"x": x(size), "text": number(size, lang, 0 if size >= 1 else 1)} for size in _sizes(low, high)
        ],
        "bands": [
            {"name": band, "points": _band(ordered, band, x, y)}
            for band in ("variety", "chance")
            if band in words.bands
        ],
        "network": None if network is None else y(network),
        "dots": _labelled([_dot(dot, x, y, right) for dot in ordered]),
    }


def _keys(keys: list[dict[str, str]], width: int) -> list[dict[str, Any]]:
    at, made = 0.0, []
    for n, key in enumerate(keys):
        made.append(key | {"x": round(at, 1), "y": 4 + (_KEY * n if width == NARROW else 0)})
        at = 0.0 if width == NARROW else at + len(key["text"]) * _CHARACTER + 52
    return made


def _sizes(low: float, high: float) -> list[float]:
    steps = [
        step * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for step in (1, 2, 5)
    ]
    inside = [size for size in steps if low <= math.log10(size) <= high]
    return inside if len(inside) <= 6 else inside[:: math.ceil(len(inside) / 6)]


def _band(
    dots: Sequence[FunnelDot], band: str, x: Callable[[float], float], y: Callable[[float], float]
) -> str:
    known = [dot for dot in dots if band in dot.bands]
    upper = [f"{x(dot.size)},{y(dot.bands[band].high)}" for dot in known]
    lower = [f"{x(dot.size)},{y(dot.bands[band].low)}" for dot in reversed(known)]
    return " ".join([*upper, *lower])


def _dot(
    dot: FunnelDot, x: Callable[[float], float], y: Callable[[float], float], right: float
) -> dict[str, Any]:
    at = x(dot.size)
    is_named = dot.is_own or dot.is_beyond
    fits = at + len(dot.name) * _CHARACTER + 12 < right
    return {
        "name": dot.name,
        "text": dot.text,
        "x": at,
        "y": y(dot.value),
        "observed": None if dot.observed is None else y(dot.observed),
        "own": dot.is_own,
        "beyond": dot.is_beyond,
        "label": dot.name if is_named else "",
        "label_x": at + 11 if fits else at - 11,
        "label_y": y(dot.value),
        "anchor": "start" if fits else "end",
    }


def _labelled(dots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Move the names of dots that lie close, so that none covers another."""
    placed: list[dict[str, Any]] = []
    for dot in sorted((each for each in dots if each["label"]), key=lambda each: each["y"]):
        for other in placed:
            near = abs(dot["label_x"] - other["label_x"]) < 110
            if near and dot["label_y"] - other["label_y"] < 16:
                dot["label_y"] = other["label_y"] + 16
        placed.append(dot)
    return dots
