"""The six marks as a reader meets them: a figure arrives, a number, a chip or a frosted pane leaves."""

from markupsafe import Markup, escape

from core.presentation.rendering import macro
from dashboards.figures import Figure, Indicator
from dashboards.i18n import Messages


def chip(mark: str, messages: Messages, word: str = "") -> Markup:
    """Return the chip of a mark, seen as a word and spoken as a sentence; `suppressed` is a word on a
    frosted pane. word -- what stands there instead, seen and spoken."""
    seen, spoken = word or messages(f"mark.{mark}"), word or messages(f"mark.{mark}.spoken")
    return macro("mark", "chip")(mark, seen, spoken)


def printed(figure: Figure, indicator: Indicator, messages: Messages) -> Markup:
    """Return the figure as HTML: its number, or the chip of its mark in the place of the number."""
    return escape(figure.text(indicator, messages)) if figure.is_shown else chip(figure.mark, messages)


def pane(mark: str, messages: Messages) -> Markup:
    """Return the pane that stands in the place of a whole picture, with its mark in words."""
    return macro("mark", "pane")(mark, chip(mark, messages))


def frosted_class(mark: str | None) -> str:
    """Return the class of a cell that is a frosted pane, or nothing."""
    return " cdv-frosted" if mark == "suppressed" else ""
