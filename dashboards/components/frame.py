"""What stands around the pages of the application: the header, the names of the audiences, the footer."""

from collections.abc import Sequence

from markupsafe import Markup

from core.presentation.formatting import Lang
from core.presentation.rendering import macro


def top(skip: str, facts: Sequence[str], address: str, lang: Lang, text: str) -> Markup:
    """Return the header: the link to the content, the name, some facts, and the link to the same page in
    the other language (`lang`), whose words are `text`."""
    return macro("frame", "top")(skip, facts, address, lang, text)


def audience(name: str) -> Markup:
    """Return the name of an audience above its pages."""
    return macro("frame", "audience")(name)


def foot(facts: Sequence[str], summary: str, lines: Sequence[str]) -> Markup:
    """Return the footer: facts, and lines folded under a summary."""
    return macro("frame", "foot")(facts, summary, lines)
