"""The few shapes that the handbook's page is made of, each in both languages.

Arrives: words, texts, cells. Leaves: HTML. What the page says does not belong here (`page`).
"""

import html
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingestion.contract.words import Words

_CODE = re.compile(r"`([^`]+)`")


class Line(NamedTuple):
    """A row of a table of two columns: a name, what stands small under it, what is said of it (HTML)."""

    name: str
    meta: str
    body: str
    anchor: str = ""


def text(plain: str) -> str:
    """Return `plain` escaped, with `code` between backticks."""
    return _CODE.sub(r"<code>\1</code>", html.escape(plain, quote=False))


def both(words: Words, tag: str = "span") -> str:
    """Return the Italian and then the English, each in an element of its own."""
    return f'<{tag} class="it">{text(words.it)}</{tag}> <{tag} class="en" lang="en">{text(words.en)}</{tag}>'


def paragraphs(words: Words) -> str:
    """Return both languages as paragraphs."""
    return both(words, "p")


def bullets(items: Iterable[Words], *, numbered: bool = False) -> str:
    """Return a list with both languages in every item."""
    tag = "ol" if numbered else "ul"
    return f"<{tag}>{''.join(f'<li>{paragraphs(words)}</li>' for words in items)}</{tag}>"


def listing(code: str, label: str) -> str:
    """Return a block of code that a keyboard can scroll; `label` says to those who cannot see what it is."""
    shown = html.escape(code, quote=False)
    return f'<pre tabindex="0" aria-label="{html.escape(label)}"><code>{shown}</code></pre>'


def lines(caption: Words, heads: Sequence[Words], rows: Iterable[Line]) -> str:
    """Return a table of two columns; every row is headed by its name."""
    head = "".join(f'<th scope="col">{both(words)}</th>' for words in heads)
    body = "".join(
        f'<tr{f" id={chr(34)}{row.anchor}{chr(34)}" if row.anchor else ""}><th scope="row"><code>'
        f"{html.escape(row.name)}</code>{f'<small>{row.meta}</small>' if row.meta else ''}</th>"
        f"<td>{row.body}</td></tr>"
        for row in rows
    )
    return (
        f"<table><caption>{both(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def section(anchor: str, title: Words, content: str, level: int = 2) -> str:
    """Return a part of the page under its heading."""
    return (
        f'<section id="{anchor}" aria-labelledby="{anchor}-title">'
        f'<h{level} id="{anchor}-title">{both(title)}</h{level}>{content}</section>'
    )
