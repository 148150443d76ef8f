"""The site on disk: the public side of a release arrives, its pages, feeds and assets stand beside the data.

The same release gives the same bytes. Nothing is written outside the folder.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit

from markupsafe import Markup

from core.demonstration_publisher import DEMONSTRATION_PUBLISHER
from core.presentation import formatting
from core.presentation.formatting import Lang
from core.presentation.rendering import Head, render
from core.presentation.stylesheet import STYLESHEET, write_assets
from core.presentation.tokens import tokens
from dashboards.components import prose
from dashboards.i18n import OTHER, Messages
from dashboards.site import addresses, feeds, search_index, workbooks
from dashboards.site.folder import INDEX, SiteFolder
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
    people,
    providers,
    quality,
    search,
    territories,
)
from dashboards.site.published_release import PublishedRelease
from dashboards.site.site import Site

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
# With fewer scopes a second process takes longer to begin than it saves.
SCOPES_FOR_TWO = 1_000
LANGUAGES: tuple[Lang, ...] = ("it", "en")
_KINDS = (
    home,
    territories,
    people,
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
# What a page needs to know of whoever publishes.
_PUBLISHER = ("name_it", "name_en", "email", "homepage", "site_url")
DEMONSTRATION = Publisher(**{name: DEMONSTRATION_PUBLISHER[name] for name in _PUBLISHER})


def write_site(public: Path, before: Path | None = None) -> None:
    """Write the pages of the release whose public side is `public` into that folder; `before` is the public
    side of the release that it replaces, whose feeds go on. A page that says the same as there is not written
    anew. Raises FileNotFoundError without a database."""
    published = PublishedRelease.read(public)
    publisher = _publisher(published)
    folder = _folder(published, before)
    written = _write_languages(folder, published, publisher)
    _write_start(folder, Site(published, publisher, Messages("it")))
    _write_not_found(folder, publisher)
    write_assets(public / "assets")
    shutil.copyfile(_HERE / "search.js", public / "assets" / "search.js")
    indexed = [entry for entry in written if entry is not None]
    search_index.write_search_index(folder, indexed)
    _write_feeds(folder, published, publisher)
    _write_sitemap(folder, publisher, (entry.path for entry in indexed), published.release.as_of)


def _folder(published: PublishedRelease, before: Path | None) -> SiteFolder:
    release = published.release
    return SiteFolder(published.folder, before, release.release_id, release.created_at.date().isoformat())


def _write_languages(
    folder: SiteFolder, published: PublishedRelease, publisher: Publisher
) -> list[search_index.Entry | None]:
    """Write the pages of both languages, those of a large network at the same time."""
    if len(published.figures) < SCOPES_FOR_TWO:
        return [e for lang in LANGUAGES for e in _write_language(folder, published, publisher, lang)]
    first, second = LANGUAGES
    # A new process, for nobody knows what holds a lock in this one. It reads the release itself.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        other = beside.submit(_write_one_language, folder.public, folder.before, second)
        return [*_write_language(folder, published, publisher, first), *other.result()]


def _write_one_language(public: Path, before: Path | None, lang: Lang) -> list[search_index.Entry | None]:
    published = PublishedRelease.read(public)
    return _write_language(_folder(published, before), published, _publisher(published), lang)


def _write_language(
    folder: SiteFolder, published: PublishedRelease, publisher: Publisher, lang: Lang
) -> list[search_index.Entry | None]:
    """Write the pages of one language; return for each how it is found, None for one that is not."""
    site = Site(published, publisher, Messages(lang))
    found = []
    for page in _pages(site):
        _write(folder, site, page)
        named = " · ".join(dict.fromkeys(text for text in (page.title, page.place) if text))
        title = f"{named} ({page.above})" if page.above and page.above != page.title else named
        words = " ".join(text for text in (title, page.question, page.keywords) if text)
        found.append(search_index.Entry(page.path, lang, title, words) if page.is_indexed else None)
    return found


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
    return Publisher(**{name: rows[0][name] for name in _PUBLISHER})


def _write(folder: SiteFolder, site: Site, page: Page) -> None:
    """Write a page with its files."""
    files: dict[str, bytes | Callable[[], bytes]] = {
        f"{page.path}{name}": content for name, content in page.files.items()
    }
    forms = []
    if page.figures and page.is_indexed:
        records = figure_records(page)
        # The same address with another ending: /it/territori/096004-biella.json.
        beside = page.path.rstrip("/")
        for suffix, content, mime in (
            (".csv", figures_csv(page, records), "text/csv"),
            (".json", figures_json(page, records), "application/json"),
        ):
            files[f"{beside}{suffix}"] = content
            forms.append((f"../{beside.rpartition('/')[2]}{suffix}", mime))
    if page.has_workbook and page.tables:
        files[f"{page.path.rstrip('/')}.xlsx"] = partial(workbooks.page_workbook, page)
    files[f"{page.path}{INDEX}"] = _html(site, page, forms).encode()
    folder.put_page(page.path, files, is_about_release=page.is_about_release)


def _write_start(folder: SiteFolder, site: Site) -> None:
    """Write index.html: the Italian home page once more, as it is seen from the root of the site."""
    (page,) = home.pages(site, "")
    html = _html(site, page, [], canonical=site.path()).encode()
    folder.put_page("", {INDEX: html}, is_about_release=False)


def _write_not_found(folder: SiteFolder, publisher: Publisher) -> None:
    """Write 404.html, which a server sends for an address without a page."""
    base = urlsplit(publisher.site_url).path
    languages = [
        (Messages(lang), addresses.path(lang), addresses.path(lang, addresses.SEARCH)) for lang in LANGUAGES
    ]
    messages = languages[0][0]
    title = f"{messages('site.not_found.title')} · Casa di Vetro"
    head = Head("it", title, stylesheet=f"{base}assets/{STYLESHEET}", is_indexed=False)
    text = render(
        "404.html.j2", _TEMPLATES, head=head, skip=messages("top.skip"), base=base, languages=languages
    )
    folder.put("404.html", text.encode())


def _html(site: Site, page: Page, forms: Sequence[tuple[str, str]], canonical: str | None = None) -> str:
    messages, lang, release = site.messages, site.lang, site.published.release
    other = OTHER[lang]
    path = page.path if canonical is None else canonical
    base = site.publisher.site_url
    name = "search.html.j2" if path == site.path(addresses.SEARCH) else "site.html.j2"
    alternates = [(each, base + addresses.in_language(path, each)) for each in LANGUAGES]
    facts = [
        messages(
            "foot.released",
            release=release.release_id,
            day=formatting.day_of(release.created_at, lang),
        ),
        messages("foot.data_to", day=messages("reach.one", day=formatting.day(release.as_of, lang))),
        site.publisher.name(lang),
    ]
    whole = f"feed/{lang}.xml"
    feed = page.feed or (whole if page.figures and page.is_indexed else "")
    head = Head(
        lang,
        " · ".join(
            dict.fromkeys(
                text for text in (page.title, page.place, page.id, page.above, "Casa di Vetro") if text
            )
        ),
        page.description,
        base + path,
        (*alternates, ("x-default", base + addresses.in_language(path, "it"))),
        ((messages("site.feed"), page.href(feed)),) if feed else (),
        page.href(f"assets/{STYLESHEET}"),
        page.is_indexed,
    )
    return render(
        name,
        _TEMPLATES,
        head=head,
        skip=messages("top.skip"),
        page=page,
        messages=messages,
        forms=forms,
        workbook=f"../{page.path.rstrip('/').rpartition('/')[2]}.xlsx"
        if page.has_workbook and page.tables
        else "",
        feed=feed,
        follow=messages("site.follow.all") if feed == whole else messages("site.follow", name=page.title),
        face=f"assets/fonts/{tokens()['type']['faces'][0]['file']}",
        described=Markup(_described(site, page, path)) if page.figures and page.is_indexed else "",
        home=site.path(),
        navigation=[
            (site.path(part), messages(f"site.{kind}.short"), _current(path, site.path(part)))
            for kind, part in _NAVIGATION
        ],
        other=addresses.in_language(path, other),
        other_lang=other,
        notice=_notice(site),
        correction=about.note_of(site, page),
        body=[Markup(part) for part in page.body],
        footer=[
            *((site.path(part), messages(f"site.{kind}.title")) for kind, part in _FOOTER),
            (whole, messages("site.feed")),
        ],
        facts=facts,
        release=release,
    )


def _current(path: str, target: str) -> str:
    if path == target:
        return "page"
    return "true" if path.startswith(target) else ""


def _notice(site: Site) -> str:
    """Return what stands above everything else where data are of nobody real."""
    told, messages = site.published.simulated, site.messages
    if not told:
        return ""
    text = messages("notice.simulated") if told.whole else messages("notice.simulated.some", names=told.names)
    return prose.notice("attention", text, messages("notice.simulated.word"))


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


def _write_feeds(folder: SiteFolder, published: PublishedRelease, publisher: Publisher) -> None:
    """Write the feed of the whole, and those of the territories and funders."""
    told = json.loads((published.folder / "changes.json").read_text(encoding="utf-8"))
    new = Counter(told["added"])
    new.update(each["scope"] for each in told["changes"])
    is_first = told["before"] is None
    for lang in LANGUAGES:
        site = Site(published, publisher, Messages(lang))
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
            _write_feed(folder, feed, site, f"Casa di Vetro · {name}", page, n, is_first)
        title = f"Casa di Vetro · {site.messages('site.changes.title')}"
        whole = site.path(addresses.CHANGES)
        _write_feed(folder, f"feed/{lang}.xml", site, title, whole, new.total(), is_first)


def _write_feed(
    folder: SiteFolder, file: str, site: Site, title: str, page: str, n: int, is_first: bool
) -> None:
    release, messages, base = site.published.release, site.messages, site.publisher.site_url
    updated = f"{release.created_at.isoformat(timespec='seconds')}Z"
    entry = None
    if n or is_first:
        day = formatting.day(release.as_of, site.lang)
        summary = messages("site.feed.new", day=day) if is_first else messages.counted("site.feed.changed", n)
        entry = feeds.Entry(
            f"{base}{page}#{release.release_id}",
            messages("foot.release", release=release.release_id),
            updated,
            summary,
        )
    entries = feeds.with_entry(entry, feeds.entries_before(folder.before / file) if folder.before else [])
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
    folder.put(file, text.encode())


def _write_sitemap(folder: SiteFolder, publisher: Publisher, paths: Iterable[str], day: date) -> None:
    """Write the list of all pages for search engines."""
    addresses_of = [publisher.site_url + path for path in sorted(paths)]
    text = render("sitemap.xml.j2", _TEMPLATES, addresses=addresses_of, day=day.isoformat())
    folder.put("sitemap.xml", text.encode())
    # Nothing that the law has published may be kept from search engines (D.Lgs. 33/2013 art. 9).
    robots = f"User-agent: *\nAllow: /\nSitemap: {publisher.site_url}sitemap.xml\n"
    folder.put("robots.txt", robots.encode())
