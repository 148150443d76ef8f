"""The six marks as a reader meets them: a figure arrives, a number, a chip or a frosted pane leaves."""

from markupsafe import Markup, escape

from core.presentation.rendering import macro
from dashboards.figures import Figure, Indicator
from dashboards.words import Words


def chip(mark: str, words: Words) -> Markup:
    """Return the chip of a mark, seen as a word and spoken as a sentence; `suppressed` is a word on a
    frosted pane."""
    return macro("mark", "chip")(mark, words(f"mark.{mark}"), words(f"mark.{mark}.spoken"))


def printed(figure: Figure, indicator: Indicator, words: Words) -> Markup:
    """Return the figure as HTML: its number, or the chip of its mark in the place of the number."""
    return escape(figure.text(indicator, words)) if figure.is_shown else chip(figure.mark, words)


def pane(mark: str, words: Words) -> Markup:
    """Return the pane that stands in the place of a whole picture, with its mark in words."""
    return macro("mark", "pane")(mark, chip(mark, words))


def frosted_class(mark: str | None) -> str:
    """Return the class of a cell that is a frosted pane, or nothing."""
    return " cdv-frosted" if mark == "suppressed" else ""
