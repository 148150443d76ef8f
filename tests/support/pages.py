"""Pages as a reader sees them: what to open arrives, its text and its HTML leave.

Those of the app are run without a browser; those of the site are read from the folder that was written.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from streamlit.testing.v1 import AppTest

import dashboards

Open = Callable[..., "Page"]
OpenSite = Callable[..., "Site"]


class Written:
    """HTML and its text without tags, styles, scripts and pictures."""

    def __init__(self, html: str) -> None:
        self.html = re.sub(r"<(style|script)\b.*?</\1>", "", html, flags=re.DOTALL)
        self.text = unescape(
            re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", self.html, flags=re.DOTALL))
        )


class Page(Written):
    """A page of the app that was run: its text without tags, its HTML, the app itself."""

    def __init__(self, app: AppTest) -> None:
        self.app = app
        super().__init__("\n".join(str(element.proto.body) for element in app.get("html")))

    @property
    def sent(self) -> bytes:
        """All that the browser is sent of the page, but for the files that it may download."""
        return b"\n".join(
            proto.SerializeToString()
            for part in (self.app.main, self.app.sidebar)
            for element in part
            if (proto := getattr(element, "proto", None)) is not None
        )


def run_staff_page(page: str, **query: str) -> Page:
    """Run a signed-in page, by its key, as the `query` of its address asks; variables say where it reads."""
    app = AppTest.from_file(str(Path(dashboards.__file__).with_name("staff.py")), default_timeout=180)
    for name, value in query.items():
        app.query_params[name] = value
    if page != "home":
        app.switch_page(f"staff_pages/{page}.py")
    app.run()
    assert not app.exception, [e.message for e in app.exception]
    return Page(app)


@dataclass(frozen=True)
class Site:
    """A site that was written."""

    folder: Path

    def page(self, path: str) -> Written:
        """Return the page at a path: `it/territori/015182-rho/`."""
        return Written((self.folder / path / "index.html").read_text(encoding="utf-8"))

    def pages(self) -> Iterator[tuple[str, str]]:
        """Return the path and the HTML of every page, but for the one that is no page."""
        for file in sorted(self.folder.rglob("index.html")):
            path = file.parent.relative_to(self.folder).as_posix()
            yield ("" if path == "." else f"{path}/"), file.read_text(encoding="utf-8")

    def of(self, kind: str, name: str, lang: str = "it") -> str:
        """Return the path of the only page of a kind whose address holds a name."""
        (found,) = (
            each for each in (self.folder / lang / kind).iterdir() if each.is_dir() and name in each.name
        )
        return f"{lang}/{kind}/{found.name}/"


@dataclass
class Links(HTMLParser):
    """Where a page leads, what it loads, its ids, the levels of its headings, its attributes by tag."""

    html: str
    references: list[tuple[str, str, str]] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    headings: list[int] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name in ("href", "src", "data-bundle"):
            if given.get(name):
                self.references.append((tag, str(given.get("rel") or ""), str(given[name])))


def broken_links(site: Site, left_out: frozenset[str] = frozenset()) -> list[str]:
    """Return every link of every page that leads to no file or to no place in it. `left_out`: files that are
    not written yet."""
    told = {path: Links(html) for path, html in site.pages()}
    root, broken = site.folder.resolve(), []
    for path, links in told.items():
        for _, _, reference in links.references:
            parts = urlsplit(reference)
            if parts.scheme or parts.netloc:
                continue
            target = (root / path / unquote(parts.path)).resolve() if parts.path else root / path
            within = target.relative_to(root).as_posix() if target.is_relative_to(root) else None
            if within is None or (within not in left_out and not target.exists()):
                broken.append(f"{path}: {reference}")
            elif target.is_dir() and within != "pagefind":
                place = "" if within == "." else f"{within}/"
                found = told.get(place)
                if found is None or (parts.fragment and unquote(parts.fragment) not in found.ids):
                    broken.append(f"{path}: {reference}")
    return broken
