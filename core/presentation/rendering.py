"""The templates: view models and words arrive, HTML leaves, every text escaped.

Templates hold no arithmetic: every number that they print comes in ready. A macro file per component stands
in `templates/components/`, a base per medium in `templates/`: `page.html.j2` for a site, `sheet.html.j2` for
a paper that is one file. Packages above add folders of their own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from core.presentation.stylesheet import stylesheet
from core.presentation.tokens import FOLDER, icon_names

_TEMPLATES = FOLDER / "templates"


@dataclass(frozen=True)
class Head:
    """What the head of a document says of it.

    Addresses are relative or whole, as they are to be written. alternates -- the same page in every language,
    itself included: (language, address). feeds -- (title, address). stylesheet -- an address, or "" where the
    sheet carries its own.
    """

    lang: str
    title: str
    description: str = ""
    canonical: str = ""
    alternates: tuple[tuple[str, str], ...] = ()
    feeds: tuple[tuple[str, str], ...] = ()
    stylesheet: str = ""
    is_indexed: bool = True


@cache
def environment(folder: Path | None = None) -> Environment:
    """Return the environment of all templates; those in `folder` stand beside them and may extend them."""
    made = Environment(
        loader=FileSystemLoader([folder, _TEMPLATES] if folder else [_TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    made.filters["emphasised"] = emphasised
    made.filters["code"] = code
    made.filters["told"] = told
    made.globals["icon"] = icon
    made.globals["sheet_style"] = _sheet_style
    return made


def render(template: str, folder: Path | None = None, /, **values: object) -> str:
    """Return a document: a template rendered with values; jinja2.UndefinedError where one is missing."""
    return environment(folder).get_template(template).render(values) + "\n"


@cache
def macro(part: str, name: str) -> Callable[..., Markup]:
    """Return the macro `name` of `templates/components/<part>.html.j2`, to be called from Python."""
    return getattr(environment().get_template(f"components/{part}.html.j2").module, name)


def emphasised(text: str) -> Markup:
    """Return the text escaped, with **numbers** made strong."""
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", str(escape(text))))


def code(text: str) -> Markup:
    """Return the text escaped, with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def told(text: str) -> Markup:
    """Return the text escaped, **numbers** strong and what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(emphasised(text))))


def icon(name: str) -> Markup:
    """Return an icon of assets/icons, hidden from screen readers: a word always stands beside it."""
    if name not in icon_names():
        raise LookupError(f"no icon is called {name}")
    return Markup('<span class="cdv-icon cdv-icon-{}" aria-hidden="true"></span>').format(name)


def _sheet_style() -> Markup:
    # Our own stylesheet: nothing in it comes from data.
    return Markup(stylesheet("sheet"))
