"""A page as text: HTML arrives, what a reader reads leaves."""

import re
from html import unescape


def visible(html: str) -> str:
    """Return the text of a document without tags and style, its spaces made one."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
