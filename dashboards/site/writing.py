"""The site on disk: the public side of a release arrives, its pages, feeds and assets stand beside the data.

The same release gives the same bytes. Nothing is written outside the folder.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from markupsafe import Markup

from core.presentation.rendering import Head, render
from core.presentation.stylesheet import STYLESHEET, write_assets
from core.presentation.tokens import tokens
from dashboards import numerals
from dashboards.numerals import Lang
from dashboards.parts import prose
from dashboards.site import addresses, feeds
from dashboards.site.page import Page, Publisher, figure_records, figures_csv, figures_json
from dashboards.site.pages import (
    about,
    calls,
    data,
    figures,
    funders,
    home,
    indicators,
    interventions,
    providers,
    quality,
    search,
    territories,
)
from dashboards.site.published_release import PublishedRelease
from dashboards.site.site import Site
from dashboards.words import Words

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
LANGUAGES: tuple[Lang, ...] = ("it", "en")
_KINDS = (
    home,
    territories,
    funders,
    interventions,
    providers,
    calls,
    indicators,
    quality,
    about,
    data,
    search,
)
_NAVIGATION = (
    ("territories", addresses.TERRITORIES),
    ("funders", addresses.FUNDERS),
    ("indicators", addresses.INDICATORS),
    ("data", addresses.DATA),
    ("search", addresses.SEARCH),
)
_FOOTER = (
    ("method", addresses.METHOD),
    ("quality", addresses.QUALITY),
    ("changes", addresses.CHANGES),
    ("statutory", addresses.STATUTORY),
    ("glossary", addresses.GLOSSARY),
    ("corrections", addresses.CORRECTIONS),
    ("accessibility", addresses.ACCESSIBILITY),
)
DEMONSTRATION = Publisher(
    "Casa di Vetro (dimostrazione)",
    "Casa di Vetro (demonstration)",
    "trasparenza@casa-di-vetro.example",
    "https://casa-di-vetro.example/",
    "https://casa-di-vetro.example/",
)


def write_site(public: Path, before: Path | None = None) -> None:
    """Write the pages of the release whose public side is `public` into that folder; `before` is the public
    side of the release that it replaces, whose feeds go on. Raises FileNotFoundError without a database."""
    published = PublishedRelease.read(public)
    publisher = _publisher(published)
    paths = []
    for lang in LANGUAGES:
        site = Site(published, publisher, Words(lang))
        for page in _pages(site):
            _write(public, site, page)
            paths.append((page.path, page.is_indexed))
    _write_start(public, Site(published, publisher, Words("it")))
    _write_not_found(public, publisher)
    write_assets(public / "assets")
    shutil.copyfile(_HERE / "search.js", public / "assets" / "search.js")
    _write_search_index(public)
    _write_feeds(public, before, published, publisher)
    _write_sitemap(
        public, publisher, (path for path, is_indexed in paths if is_indexed), published.release.as_of
    )


def _pages(site: Site) -> Iterable[Page]:
    for kind in _KINDS:
        for page in kind.pages(site):
            yield page
            below = figures.page_of(site, page)
            if below is not None:
                yield below


def _publisher(published: PublishedRelease) -> Publisher:
    rows = published.rows("publisher")
    if not rows:
        return DEMONSTRATION
    names = ("name_it", "name_en", "email", "homepage", "site_url")
    return Publisher(**{name: rows[0][name] for name in names})


def _write(public: Path, site: Site, page: Page) -> None:
    folder = public / page.path
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in page.files.items():
        (folder / name).write_bytes(content)
    forms = []
    if page.figures and page.is_indexed:
        records = figure_records(page)
        # The same address with another ending: /it/territori/096004-biella.json.
        for suffix, content, mime in (
            (".csv", figures_csv(page, records), "text/csv"),
            (".json", figures_json(page, records), "application/json"),
        ):
            beside = folder.with_name(folder.name + suffix)
            beside.write_bytes(content)
            forms.append((f"../{beside.name}", mime))
    (folder / "index.html").write_text(_html(site, page, forms), encoding="utf-8")


def _write_start(public: Path, site: Site) -> None:
    """Write index.html: the Italian home page once more, as it is seen from the root of the site."""
    (page,) = home.pages(site, "")
    (public / "index.html").write_text(_html(site, page, [], canonical=site.path()), encoding="utf-8")


def _write_not_found(public: Path, publisher: Publisher) -> None:
    """Write 404.html, which a server sends for an address without a page."""
    base = urlsplit(publisher.site_url).path
    languages = [
        (Words(lang), addresses.path(lang), addresses.path(lang, addresses.SEARCH)) for lang in LANGUAGES
    ]
    words = languages[0][0]
    title = f"{words('site.not_found.title')} · Casa di Vetro"
    head = Head("it", title, stylesheet=f"{base}assets/{STYLESHEET}", is_indexed=False)
    text = render(
        "404.html.j2", _TEMPLATES, head=head, skip=words("top.skip"), base=base, languages=languages
    )
    (public / "404.html").write_text(text, encoding="utf-8")


def _html(site: Site, page: Page, forms: Sequence[tuple[str, str]], canonical: str | None = None) -> str:
    words, lang, release = site.words, site.lang, site.published.release
    other: Lang = "en" if lang == "it" else "it"
    path = page.path if canonical is None else canonical
    base = site.publisher.site_url
    name = "search.html.j2" if path == site.path(addresses.SEARCH) else "site.html.j2"
    alternates = [(each, base + addresses.in_language(path, each)) for each in LANGUAGES]
    facts = [
        words("foot.release", release=release.release_id),
        words("foot.data_to", day=words("reach.one", day=numerals.day(release.as_of, lang))),
        site.publisher.name(lang),
    ]
    head = Head(
        lang,
        " · ".join(
            dict.fromkeys(text for text in (page.title, page.id, page.above, "Casa di Vetro") if text)
        ),
        page.description,
        base + path,
        (*alternates, ("x-default", base + addresses.in_language(path, "it"))),
        ((words("site.feed"), page.href(page.feed)),) if page.feed else (),
        page.href(f"assets/{STYLESHEET}"),
        page.is_indexed,
    )
    return render(
        name,
        _TEMPLATES,
        head=head,
        skip=words("top.skip"),
        page=page,
        words=words,
        forms=forms,
        face=f"assets/fonts/{tokens()['type']['faces'][0]['file']}",
        described=Markup(_described(site, page, path)) if page.figures and page.is_indexed else "",
        home=site.path(),
        navigation=[
            (site.path(part), words(f"site.{kind}.short"), _current(path, site.path(part)))
            for kind, part in _NAVIGATION
        ],
        other=addresses.in_language(path, other),
        other_lang=other,
        notice=_notice(site),
        correction=about.note_of(site, page),
        body=[Markup(part) for part in page.body],
        footer=[
            *((site.path(part), words(f"site.{kind}.title")) for kind, part in _FOOTER),
            (f"feed/{lang}.xml", words("site.feed")),
        ],
        facts=facts,
    )


def _current(path: str, target: str) -> str:
    if path == target:
        return "page"
    return "true" if path.startswith(target) else ""


def _notice(site: Site) -> str:
    """Return what stands above everything else where data are of nobody real."""
    told, words = site.published.simulated, site.words
    if not told:
        return ""
    text = words("notice.simulated") if told.whole else words("notice.simulated.some", names=told.names)
    return prose.notice("attention", text, words("notice.simulated.word"))


def _described(site: Site, page: Page, path: str) -> str:
    """Return the page's figures as a dataset of schema.org, in JSON-LD."""
    release, base = site.published.release, site.publisher.site_url
    starts = [figure.period_start for figure in page.figures]
    document = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": page.title,
        "description": page.description,
        "url": base + path,
        "identifier": base + path,
        "version": release.release_id,
        "dateModified": release.created_at.date().isoformat(),
        "inLanguage": site.lang,
        "isAccessibleForFree": True,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "temporalCoverage": f"{min(starts).isoformat()}/{release.as_of.isoformat()}",
        "creator": {
            "@type": "Organization",
            "name": site.publisher.name(site.lang),
            "url": site.publisher.homepage,
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": mime,
                "contentUrl": f"{base}{path.rstrip('/')}{suffix}",
            }
            for suffix, mime in ((".csv", "text/csv"), (".json", "application/json"))
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _write_search_index(public: Path) -> None:
    """Write `pagefind/`, the index of titles and questions that the search box reads on the same host."""
    command = [sys.executable, "-m", "pagefind", "--silent", "--site", str(public)]
    command += ["--glob", "{it,en}/**/*.html", "--output-subdir", "pagefind"]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    # Its own boxes are left out: ours is smaller, and theirs carry the addresses of their translators.
    for unused in ("pagefind-*ui.*", "pagefind-highlight.js"):
        for path in (public / "pagefind").glob(unused):
            path.unlink()
    # It names the languages in any order.
    entry = public / "pagefind" / "pagefind-entry.json"
    entry.write_text(json.dumps(json.loads(entry.read_bytes()), sort_keys=True), encoding="utf-8")


def _write_feeds(
    public: Path, before: Path | None, published: PublishedRelease, publisher: Publisher
) -> None:
    """Write the feed of the whole, and those of the territories and funders."""
    told = json.loads((public / "changes.json").read_text(encoding="utf-8"))
    new = Counter(told["added"])
    new.update(each["scope"] for each in told["changes"])
    is_first = told["before"] is None
    for lang in LANGUAGES:
        site = Site(published, publisher, Words(lang))
        subjects = [
            (f"territori/{t.instance_id}", t.name, site.territory_path(t), new[f"instance:{t.instance_id}"])
            for t in published.territories.values()
        ]
        subjects += [
            (f"finanziatori/{code}", site.name_of(code), site.funder_path(code), new[f"funder:{code}"])
            for code in site.funders
        ]
        for file, name, page, n in subjects:
            feed = f"feed/{file}.{lang}.xml"
            _write_feed(public, before, feed, site, f"Casa di Vetro · {name}", page, n, is_first)
        title = f"Casa di Vetro · {site.words('site.changes.title')}"
        whole = site.path(addresses.CHANGES)
        _write_feed(public, before, f"feed/{lang}.xml", site, title, whole, new.total(), is_first)


def _write_feed(
    public: Path, before: Path | None, file: str, site: Site, title: str, page: str, n: int, is_first: bool
) -> None:
    release, words, base = site.published.release, site.words, site.publisher.site_url
    updated = f"{release.created_at.isoformat(timespec='seconds')}Z"
    entry = None
    if n or is_first:
        day = numerals.day(release.as_of, site.lang)
        summary = words("site.feed.new", day=day) if is_first else words.counted("site.feed.changed", n)
        entry = feeds.Entry(
            f"{base}{page}#{release.release_id}",
            words("foot.release", release=release.release_id),
            updated,
            summary,
        )
    entries = feeds.with_entry(entry, feeds.entries_before(before / file) if before else [])
    path = public / file
    path.parent.mkdir(parents=True, exist_ok=True)
    text = render(
        "feed.xml.j2",
        _TEMPLATES,
        lang=site.lang,
        title=title,
        id=base + file,
        updated=entries[0].updated if entries else updated,
        address=base + file,
        page=base + page,
        publisher=site.publisher.name(site.lang),
        entries=entries,
    )
    path.write_text(text, encoding="utf-8")


def _write_sitemap(public: Path, publisher: Publisher, paths: Iterable[str], day: date) -> None:
    addresses_of = [publisher.site_url + path for path in sorted(paths)]
    (public / "sitemap.xml").write_text(
        render("sitemap.xml.j2", _TEMPLATES, addresses=addresses_of, day=day.isoformat()), encoding="utf-8"
    )
    # Nothing that the law has published may be kept from search engines (D.Lgs. 33/2013 art. 9).
    (public / "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {publisher.site_url}sitemap.xml\n", encoding="utf-8"
    )
