"""What a page says in words: title, question, headline sentence, notices, the limits box, the panel of an
empty page."""

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

from core.presentation import rendering
from core.presentation.rendering import macro
from dashboards.i18n import Messages

NoticeKind = Literal["note", "ok", "attention", "error"]


def emphasised(text: str) -> Markup:
    """Return the text escaped, with **numbers** made strong."""
    return rendering.emphasised(text)


def heading(title: str, question: str, above: str = "") -> Markup:
    """Return the page's h1 with its question; `above` is the subject's kind, in small letters."""
    return macro("prose", "heading")(title, question, above)


def sentence(*texts: str) -> Markup:
    """Return the headline sentence (Frase); numbers between ** are bold."""
    return macro("prose", "sentence")([text for text in texts if text])


def section(title: str, subtitle: str = "") -> Markup:
    """Return the title of a picture, and under it measure, place, period and unit."""
    return macro("prose", "section")(title, subtitle)


def notice(kind: NoticeKind, text: str, word: str) -> Markup:
    """Return a full-width notice; its icon always comes with a word (`word`)."""
    return macro("notice", "notice")(kind, text, word)


def empty_panel(messages: Messages, will_appear: str, first: str, who: str) -> Markup:
    """Return the panel that stands in place of the pictures: what will appear, what must happen first, who
    does it."""
    lines = [("empty.will_appear", will_appear), ("empty.first", first), ("empty.who", who)]
    return macro("prose", "empty_panel")([(messages(key), text) for key, text in lines])


def limits(messages: Messages, bullets: Sequence[str]) -> Markup:
    """Return the box "what is and is not in this data"."""
    return macro("limits", "limits")(messages("limits.title"), bullets)


def facts(rows: Sequence[tuple[str, str]]) -> Markup:
    """Return label and text of each fact of a register."""
    return macro("prose", "facts")(rows)


def caption(text: str) -> Markup:
    """Return a small line under a picture."""
    return macro("prose", "caption")(text)


def paragraph(text: str) -> Markup:
    """Return a paragraph; numbers between ** are bold."""
    return macro("prose", "paragraph")(emphasised(text))


def quotation(text: str) -> Markup:
    """Return a text as somebody wrote it."""
    return macro("prose", "quotation")(text)


def link(text: str, address: str) -> Markup:
    """Return a link to another page of this site."""
    return macro("prose", "link")(text, address)


def bullets(items: Sequence[str]) -> Markup:
    """Return ready pieces of HTML one under the other."""
    return macro("prose", "bullets")([Markup(item) for item in items])


def listed(items: Sequence[str]) -> Markup:
    """Return ready pieces of HTML as a list in columns."""
    return macro("prose", "listed")([Markup(item) for item in items])


def provenance(text: str, *, partial: bool = False) -> Markup:
    """Return the provenance line; in text colour where coverage is partial."""
    return macro("prose", "provenance")(text, partial)


def over(text: str) -> Markup:
    """Return the small line above a group: whom it is for."""
    return macro("prose", "over")(text)
