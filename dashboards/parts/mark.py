"""The six marks as a reader meets them: a figure arrives, a number, a chip or a frosted pane leaves."""

from html import escape

from dashboards.figures import Figure, Indicator
from dashboards.words import Words


def chip(mark: str, words: Words) -> str:
    """Return the chip of a mark, seen as a word and spoken as a sentence; `suppressed` is a word on a
    frosted pane."""
    seen, spoken = escape(words(f"mark.{mark}")), escape(words(f"mark.{mark}.spoken"))
    return (
        f'<span class="cdv-chip cdv-chip-{mark}"><span aria-hidden="true">{seen}</span>'
        f'<span class="cdv-sr">{spoken}</span></span>'
    )


def printed(figure: Figure, indicator: Indicator, words: Words) -> str:
    """Return the figure as HTML: its number, or the chip of its mark in the place of the number."""
    return escape(figure.text(indicator, words)) if figure.is_shown else chip(figure.mark, words)


def pane(mark: str, words: Words) -> str:
    """Return the pane that stands in the place of a whole picture, with its mark in words."""
    return f'<div class="cdv-pane{frosted_class(mark)}">{chip(mark, words)}</div>'


def frosted_class(mark: str | None) -> str:
    """Return the class of a cell that is a frosted pane, or nothing."""
    return " cdv-frosted" if mark == "suppressed" else ""
