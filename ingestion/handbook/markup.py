"""The few shapes that the handbook's page is made of, each in both languages.

Arrives: words, texts, cells. Leaves: HTML, written by the macros of `templates/shapes.html.j2`. What the page
says does not belong here (`page`).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from core.presentation.rendering import code as text
from core.presentation.rendering import environment, macro
from ingestion.contract.words import Words

__all__ = ["TEMPLATES", "Line", "both", "bullets", "lines", "listing", "paragraphs", "shape", "text"]

TEMPLATES = Path(__file__).parent / "templates"


class Line(NamedTuple):
    """A row of a table of two columns: a name, what stands small under it, what is said of it."""

    name: str
    meta: Sequence[str | Markup]
    body: Markup
    anchor: str = ""


def shape(name: str, *values: object) -> Markup:
    """Return a shape written with its values: the name of a macro, and what it takes."""
    return getattr(environment(TEMPLATES).get_template("shapes.html.j2").module, name)(*values)


def both(words: Words, tag: str = "span") -> Markup:
    """Return the Italian and then the English, each in an element of its own."""
    return macro("words", "both")(words, tag)


def paragraphs(words: Words) -> Markup:
    """Return both languages as paragraphs."""
    return both(words, "p")


def bullets(items: Iterable[Words], *, numbered: bool = False) -> Markup:
    """Return a list with both languages in every item."""
    return shape("bullets", items, numbered)


def listing(code: str, label: str) -> Markup:
    """Return a block of code that a keyboard can scroll; `label` says to those who cannot see what it is."""
    return shape("listing", code, label)


def lines(caption: Words, heads: Sequence[Words], rows: Iterable[Line]) -> Markup:
    """Return a table of two columns; every row is headed by its name."""
    return shape("lines", caption, heads, rows)
