"""A picture: its templates and its two widths arrive, HTML for a page and a file of its own leave."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from core.presentation import tokens
from core.presentation.rendering import render

# A text scaled down from the wide picture could not be read on a phone: it is drawn twice.
WIDE, NARROW = 720, 360
# Characters in a row above a picture that stands alone, and the height of the row, in units of the picture.
_TITLE, _UNDER, _GAP = (85, 20), (110, 16), 10


@dataclass(frozen=True)
class Picture:
    """A picture: its template, its title, the sentence that stands for it, and what each width draws.

    `name` is one on the page: titles and descriptions are found by it.
    """

    template: str
    name: str
    title: str
    alternative: str
    drawn: Mapping[int, Mapping[str, Any]]

    def html(self) -> Markup:
        """Return the picture for a page: both widths, of which a page shows one."""
        wide, narrow = (Markup(self._svg(width, embedded=True)) for width in (WIDE, NARROW))
        return Markup(render("pictures/widths.html.j2", wide=wide, narrow=narrow))

    def file(self, source: str, under: str = "") -> str:
        """Return the wide picture as a file that can stand alone: with its colours, its title and what stands
        under it (unit, what the colours mean) above it, and with source, release and licence in it."""
        return self._svg(WIDE, embedded=False, source=source, heading=_heading(self.title, under))

    def _svg(
        self, width: int, *, embedded: bool, source: str = "", heading: Sequence[dict[str, Any]] = ()
    ) -> str:
        above = -heading[0]["y"] + _TITLE[1] if heading else 0
        return render(
            f"pictures/{self.template}",
            name=f"{self.name}-{width}",
            title=self.title,
            alternative=self.alternative,
            width=width,
            source=source,
            title_rows=heading,
            viewbox=f"0 {-above} {width} {self.drawn[width]['height'] + above}",
            embedded=embedded,
            style=Markup(_style()),
            **self.drawn[width],
        )


def _heading(title: str, under: str) -> list[dict[str, Any]]:
    """The rows above a picture that stands alone, each with its height over it."""
    rows = [{"text": text, "is_title": True, "size": 15} for text in textwrap.wrap(title, _TITLE[0])]
    rows += [{"text": text, "is_title": False, "size": 12} for text in textwrap.wrap(under, _UNDER[0])]
    y = -_GAP
    for row in reversed(rows):
        row["y"] = y
        y -= _TITLE[1] if row["is_title"] else _UNDER[1]
    return rows


def _style() -> str:
    """The colours of a file that stands alone: those of the light theme, on white."""
    names = ("ink", "ink-2", "rule", "frame", "page", "context")
    lines = [f"--cdv-{name}:{tokens.colour(name, 'light')}" for name in names]
    lines += [f"--cdv-hue-{unit}:{tokens.hue(unit, 'light')}" for unit in ("people", "euro", "time", "data")]
    lines += [
        f"--cdv-category-{name}:{tokens.colour(f'category-{name}', 'light')}"
        for name in ("vetro", "terra", "prugna", "cielo")
    ]
    lines += [
        f"--cdv-frosted-{part}:{tokens.colour(f'frosted-{part}', 'light')}" for part in ("tint", "hatch")
    ]
    return f"svg{{{';'.join(lines)};font-family:{tokens.face_stack('text')};background:#fff}}"
