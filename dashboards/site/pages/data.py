"""S11 Data, S10 What changed, S15 Statutory lists: pages that lead to files."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup

from core.presentation.rendering import macro
from dashboards import numerals
from dashboards.parts import prose
from dashboards.parts.mark import chip
from dashboards.parts.table import Cell, Column, Table, table_html, text_cell
from dashboards.site import addresses
from dashboards.site.page import Page, day_of, linked_table
from dashboards.site.site import Site

STATUTORY = ("art26_27_concessions", "art4bis_payments", "l124_grants")
# Written after the pages, since they tell of all files.
WRITTEN_AFTER = frozenset(
    {
        "catalog.ttl",
        "catalog.rdf",
        "catalog.jsonld",
        "data/datapackage.json",
        "manifest.json",
        "SHA256SUMS",
    }
)
# A list longer than this is in its file: a page of it would weigh too much.
MOST = 100
_BESIDE = (
    ("catalog.ttl", "turtle"), ("catalog.rdf", "rdf"), ("catalog.jsonld", "jsonld"),
    ("data/datapackage.json", "datapackage"), ("v1/index.json", "api"), ("data/360giving.json", "giving"),
    ("data/results.json", "results"), ("casa-di-vetro.duckdb", "duckdb"), ("tables.json", "schema"),
    ("manifest.json", "manifest"), ("SHA256SUMS", "sums"),
)  # fmt: skip


def pages(site: Site) -> list[Page]:
    """Return the pages of data, of changes and of the statutory lists."""
    return [_data(site), _changes(site), *_statutory(site)]


def _data(site: Site) -> Page:
    words = site.words
    page = site.page("data", addresses.DATA)
    release = site.published.release
    page.sentence(
        words("site.data.sentence", release=release.release_id, day=numerals.day(release.as_of, site.lang))
    )
    tables: dict[str, dict[str, Any]] = {}
    for each in site.published.described["tables"]:
        tables.setdefault(each["file"], each)
    files = [_file(site, page, file, each) for file, each in sorted(tables.items())]
    page.section(words("site.data.tables"), words("site.data.tables.under"))
    page.add(macro("listing", "tables")(files))
    page.section(words("site.data.beside"), words("site.data.beside.under"))
    page.bullets(
        Markup("{}: {}").format(page.link(file, file), words(f"site.data.{kind}"))
        for file, kind in _BESIDE
        if file in WRITTEN_AFTER or (site.published.folder / file).is_file()
    )
    page.section(words("site.data.columns"))
    page.paragraphs("site.data.columns")
    page.section(words("site.data.cite"))
    cite = words(
        "site.data.citation",
        publisher=site.publisher.name(site.lang),
        release=release.release_id,
        address=site.publisher.site_url,
        day=numerals.day_of(release.created_at, site.lang),
    )
    page.add(macro("prose", "quotation")(cite))
    page.section(words("site.data.licence"))
    page.paragraphs("site.data.licence")
    return page


def _file(site: Site, page: Page, file: str, table: dict[str, Any]) -> dict[str, Any]:
    words = site.words
    title = table["title_it"] if site.lang == "it" else table["title_en"]
    name = Path(file).stem
    forms = [f"data/{name}.csv", f"data/{name}.parquet"]
    sizes = [
        Markup("{} ({})").format(
            page.link(form, Path(form).suffix[1:].upper()), _size(site.published.folder / form, site)
        )
        for form in forms
        if (site.published.folder / form).is_file()
    ]
    rows = len(site.published.rows(name))
    counted = f" · {words('site.data.rows', n=words.count(rows))}" if rows else ""
    return {"name": name, "title": title, "counted": counted, "files": sizes}


def _size(path: Path, site: Site) -> str:
    kilobytes = max(1, round(path.stat().st_size / 1000))
    return f"{numerals.number(kilobytes, site.lang)}{numerals.NBSP}kB"


def _changes(site: Site) -> Page:
    words = site.words
    page = site.page("changes", addresses.CHANGES)
    page.feed = f"feed/{site.lang}.xml"
    path = site.published.folder / "changes.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    release = site.published.release
    before = told.get("before")
    changes: Sequence[dict[str, Any]] = told.get("changes", ())
    if not before:
        page.sentence(words("site.changes.first", release=release.release_id))
    else:
        counted = words.counted(
            "site.changes.sentence", len(changes), before=before, release=release.release_id
        )
        page.sentence(
            counted if changes else words("site.changes.none", before=before, release=release.release_id)
        )
    for reason in ("correction", "method", "protection", "new_data"):
        found = [each for each in changes if each["reason"] == reason]
        if not found:
            continue
        title = words(f"site.changes.{reason}")
        columns = [
            Column("figure", words("site.column.figure")),
            Column("was", words("site.column.was"), True),
            Column("now", words("site.column.now"), True),
        ]
        rows: list[list[Cell]] = [
            [
                text_cell(each["figure"]),
                _value(each["was"], each["was_mark"], site),
                _value(each["now"], each["now_mark"], site),
            ]
            for each in found
        ]
        shown = Table(title, columns, rows[:MOST], words("table.empty"))
        page.section(title, words.counted(f"site.changes.{reason}.under", len(found)))
        page.add(table_html(shown, words, titled=True))
        if len(found) > MOST:
            page.add(prose.caption(words("site.first", n=words.count(MOST), total=words.count(len(found)))))
        page.object(Table(title, columns, rows, ""), reason)
    added = sum(told.get("added", {}).values())
    if added:
        page.paragraph(words.counted("site.changes.added", added))
    late = "data/t14_told_late.csv"
    if (site.published.folder / late).is_file():
        page.section(words("site.changes.told_late"), words("site.changes.told_late.under"))
        page.paragraph(page.link(late, late))
    revised = site.published.rows("revision")
    if revised:
        page.section(words("site.changes.revised"))
        lines = []
        for each in revised:
            why = each["why"].split(" / ")
            text = why[site.lang == "en"] if len(why) == 2 else each["why"]
            day = numerals.day(each["revised_on"], site.lang)
            lines.append(words("public.revised", year=each["year"], day=day, why=text))
        page.bullets(lines)
    page.paragraphs("site.changes.how")
    page.paragraph(
        page.link(site.path(addresses.CORRECTIONS), words("site.corrections.title")),
        page.link(page.feed, words("site.feed")),
    )
    return page


def _value(text: str | None, mark: str | None, site: Site) -> Cell:
    if text is not None:
        return Cell(text, text, mark or "value")
    return Cell(site.words(f"mark.{mark}") if mark else "", None, mark)


def _statutory(site: Site) -> list[Page]:
    words = site.words
    page = site.page("statutory", addresses.STATUTORY)
    page.paragraphs("site.statutory.why")
    made = [page]
    lists = [
        name
        for name in STATUTORY
        if site.published.rows(name) or (site.published.folder / f"data/{name}.csv").is_file()
    ]
    items = []
    for name in lists:
        one = _list(site, name)
        made.append(one)
        items.append((page.link(one.path, one.title), one.question))
    if items:
        page.section(words("site.statutory.lists"))
        page.doors(items)
    else:
        page.paragraph(words("site.statutory.none"))
    page.limits("site.statutory")
    return made


def _list(site: Site, name: str) -> Page:
    words, rows = site.words, site.published.rows(name)
    crumbs = (site.crumb("statutory", addresses.STATUTORY),)
    page = site.page(f"statutory.{name}", addresses.STATUTORY, addresses.slug(name), crumbs=crumbs)
    page.paragraphs(f"site.statutory.{name}.law")
    if not rows:
        page.paragraph(words("site.statutory.empty"))
        return page
    titles = {
        row["column_name"]: row[f"title_{site.lang}"]
        for row in site.published.rows("statutory_column")
        if row["table_name"] == name
    }
    # Names stand for tax codes and lead to their pages; what only a machine reads is in the file.
    named = {key.removesuffix("_name") for key in rows[0] if key.endswith("_name")}
    left_out = {"mark", "concession_id", "project_url", *(f"{key}_tax_code" for key in named)}
    keys = [key for key in rows[0] if key not in left_out]
    title = page.title
    columns = [Column(key, titles.get(key, key), key.endswith("eur")) for key in keys]
    newest_first = sorted(rows, key=lambda row: str(row[keys[0]]), reverse=True)
    cells = [[_statutory_cell(site, page, key, row) for key in keys] for row in newest_first[:MOST]]
    page.section(title, words("site.statutory.rows", n=words.count(len(rows))))
    page.add(linked_table(Table(title, columns, [], ""), cells, words))
    if len(rows) > MOST:
        page.add(prose.caption(words("site.first", n=words.count(MOST), total=words.count(len(rows)))))
    links = [
        page.link(f"data/{name}.{form}", told) for form, told in (("csv", "CSV"), ("parquet", "Parquet"))
    ]
    page.add(macro("listing", "files")(links))
    return page


def _statutory_cell(site: Site, page: Page, key: str, row: dict[str, Any]) -> str:
    words, value = site.words, row[key]
    if value is None:
        return chip(row["mark"], words) if key.endswith("eur") and row.get("mark") == "suppressed" else ""
    if key.endswith("eur"):
        return numerals.euro(value, site.lang, cents=True)
    if isinstance(value, bool):
        return words(f"site.{'yes' if value else 'no'}")
    if isinstance(value, date):
        return day_of(value, site.lang)
    if key.endswith("_name"):
        return site.organisation_link(page, row.get(f"{key.removesuffix('_name')}_tax_code"), str(value))
    if key == "call_key":
        return site.call_link(page, value) or str(value)
    codes = str(value).split() if key == "reasons" else [str(value)]
    return ", ".join(words.known(f"site.code.{code}", code) for code in codes)
