"""What a page says in words: title, question, headline sentence, notices, the limits box, the panel of an
empty page."""

import re
from collections.abc import Sequence
from html import escape
from typing import Literal

from dashboards.tokens import icon
from dashboards.words import Words

NoticeKind = Literal["note", "ok", "attention", "error"]

_ICONS = {"note": "info", "ok": "circle-check", "attention": "triangle-alert", "error": "circle-x"}


def emphasised(text: str) -> str:
    """Return the text escaped, with **numbers** made strong."""
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))


def heading(title: str, question: str, above: str = "") -> str:
    """Return the page's h1 with its question; `above` is the subject's kind, in small letters."""
    over = f'<p class="cdv-over">{escape(above)}</p>' if above else ""
    return (
        f'<div class="cdv-heading" id="contenuto">{over}<h1>{escape(title)}</h1>'
        f'<p class="cdv-question">{escape(question)}</p></div>'
    )


def sentence(*texts: str) -> str:
    """Return the headline sentence (Frase); numbers between ** are bold."""
    return f'<p class="cdv-sentence">{" ".join(emphasised(text) for text in texts if text)}</p>'


def section(title: str, subtitle: str = "") -> str:
    """Return the title of a picture, and under it measure, place, period and unit."""
    under = f'<p class="cdv-subtitle">{escape(subtitle)}</p>' if subtitle else ""
    return f'<div class="cdv-section"><h2>{escape(title)}</h2>{under}</div>'


def notice(kind: NoticeKind, text: str, word: str) -> str:
    """Return a full-width notice; its icon always comes with a word (`word`)."""
    return (
        f'<div class="cdv-notice cdv-notice-{kind}" role="status">{icon(_ICONS[kind])}'
        f"<p><strong>{escape(word)}.</strong> {emphasised(text)}</p></div>"
    )


def empty_panel(words: Words, will_appear: str, first: str, who: str) -> str:
    """Return the panel that stands in place of the pictures: what will appear, what must happen first, who
    does it."""
    labels = (("empty.will_appear", will_appear), ("empty.first", first), ("empty.who", who))
    items = "".join(f"<dt>{escape(words(key))}</dt><dd>{emphasised(text)}</dd>" for key, text in labels)
    return f'<div class="cdv-plate cdv-empty"><dl>{items}</dl></div>'


def limits(words: Words, bullets: Sequence[str]) -> str:
    """Return the box "what is and is not in this data"."""
    items = "".join(f"<li>{emphasised(bullet)}</li>" for bullet in bullets)
    return f'<section class="cdv-limits"><h2>{escape(words("limits.title"))}</h2><ul>{items}</ul></section>'


def caption(text: str) -> str:
    """Return a small line under a picture."""
    return f'<p class="cdv-caption">{emphasised(text)}</p>'


def link(text: str, address: str) -> str:
    """Return a link to another page of this site."""
    return f'<a class="cdv-link" href="{escape(address)}" target="_self">{escape(text)}</a>'


def listed(items: Sequence[str]) -> str:
    """Return ready pieces of HTML as a list in columns."""
    return f'<ul class="cdv-listed">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def provenance(text: str, *, partial: bool = False) -> str:
    """Return the provenance line; in text colour where coverage is partial."""
    return f'<p class="cdv-provenance{" cdv-partial" if partial else ""}">{escape(text)}</p>'


def door(title: str, question: str, reader: str) -> str:
    """Return the entry of a page in a list of pages: whom it is for, its title, its question."""
    return (
        f'<div class="cdv-door"><p class="cdv-over">{escape(reader)}</p><h2>{escape(title)}</h2>'
        f'<p class="cdv-question">{escape(question)}</p></div>'
    )
