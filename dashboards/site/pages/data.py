"""S11 Data, S10 What changed, S15 Statutory lists: pages that lead to files."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup

from core.presentation import formatting
from core.presentation.rendering import macro
from dashboards.components import prose
from dashboards.components.mark import chip
from dashboards.components.table import Cell, Column, Table, table_html, text_cell
from dashboards.site import addresses
from dashboards.site.page import Page, day_of, link_to, linked_table
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
    messages = site.messages
    page = site.page("data", addresses.DATA)
    page.is_about_release = True
    release = site.published.release
    page.sentence(
        messages(
            "site.data.sentence", release=release.release_id, day=formatting.day(release.as_of, site.lang)
        )
    )
    tables: dict[str, dict[str, Any]] = {}
    for each in site.published.described["tables"]:
        tables.setdefault(each["file"], each)
    files = [_file(site, page, file, each) for file, each in sorted(tables.items())]
    page.section(messages("site.data.tables"), messages("site.data.tables.under"))
    page.add(macro("listing", "tables")(files))
    page.section(messages("site.data.beside"), messages("site.data.beside.under"))
    page.bullets(
        Markup("{}: {}").format(page.link(file, file), messages(f"site.data.{kind}"))
        for file, kind in _BESIDE
        if file in WRITTEN_AFTER or (site.published.folder / file).is_file()
    )
    page.section(messages("site.data.columns"))
    page.paragraphs("site.data.columns")
    page.section(messages("site.data.cite"))
    cite = messages(
        "site.data.citation",
        publisher=site.publisher.name(site.lang),
        release=release.release_id,
        address=site.publisher.site_url,
        day=formatting.day_of(release.created_at, site.lang),
    )
    page.add(macro("prose", "quotation")(cite))
    page.section(messages("site.data.licence"))
    page.paragraphs("site.data.licence")
    return page


def _file(site: Site, page: Page, file: str, table: dict[str, Any]) -> dict[str, Any]:
    messages = site.messages
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
    counted = f" · {messages('site.data.rows', n=messages.count(rows))}" if rows else ""
    return {"name": name, "title": title, "counted": counted, "files": sizes}


def _size(path: Path, site: Site) -> str:
    kilobytes = max(1, round(path.stat().st_size / 1000))
    return f"{formatting.number(kilobytes, site.lang)}{formatting.NBSP}kB"


def _changes(site: Site) -> Page:
    messages = site.messages
    page = site.page("changes", addresses.CHANGES)
    page.is_about_release = True
    page.feed = f"feed/{site.lang}.xml"
    path = site.published.folder / "changes.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    release = site.published.release
    before = told.get("before")
    changes: Sequence[dict[str, Any]] = told.get("changes", ())
    if not before:
        page.sentence(messages("site.changes.first", release=release.release_id))
    else:
        counted = messages.counted(
            "site.changes.sentence", len(changes), before=before, release=release.release_id
        )
        page.sentence(
            counted if changes else messages("site.changes.none", before=before, release=release.release_id)
        )
    for reason in ("correction", "method", "protection", "new_data"):
        found = [each for each in changes if each["reason"] == reason]
        if not found:
            continue
        title = messages(f"site.changes.{reason}")
        columns = [
            Column("figure", messages("site.column.figure")),
            Column("was", messages("site.column.was"), True),
            Column("now", messages("site.column.now"), True),
        ]
        rows: list[list[Cell]] = [
            [
                text_cell(each["figure"]),
                _value(each["was"], each["was_mark"], site),
                _value(each["now"], each["now_mark"], site),
            ]
            for each in found
        ]
        shown = Table(title, columns, rows[:MOST], messages("table.empty"))
        page.section(title, messages.counted(f"site.changes.{reason}.under", len(found)))
        page.add(table_html(shown, messages, titled=True))
        if len(found) > MOST:
            page.add(
                prose.caption(
                    messages("site.first", n=messages.count(MOST), total=messages.count(len(found)))
                )
            )
        page.object(Table(title, columns, rows, ""), reason)
    added = sum(told.get("added", {}).values())
    if added:
        page.paragraph(messages.counted("site.changes.added", added))
    late = "data/t14_told_late.csv"
    if (site.published.folder / late).is_file():
        page.section(messages("site.changes.told_late"), messages("site.changes.told_late.under"))
        page.paragraph(page.link(late, late))
    revised = site.published.rows("revision")
    if revised:
        page.section(messages("site.changes.revised"))
        lines = []
        for each in revised:
            why = each["why"].split(" / ")
            text = why[site.lang == "en"] if len(why) == 2 else each["why"]
            day = formatting.day(each["revised_on"], site.lang)
            lines.append(messages("public.revised", year=each["year"], day=day, why=text))
        page.bullets(lines)
    page.paragraphs("site.changes.how")
    page.paragraph(
        page.link(site.path(addresses.CORRECTIONS), messages("site.corrections.title")),
        page.link(page.feed, messages("site.feed")),
    )
    return page


def _value(text: str | None, mark: str | None, site: Site) -> Cell:
    if text is not None:
        return Cell(text, text, mark or "value")
    return Cell(site.messages(f"mark.{mark}") if mark else "", None, mark)


def _statutory(site: Site) -> list[Page]:
    messages = site.messages
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
        page.section(messages("site.statutory.lists"))
        page.doors(items)
    else:
        page.paragraph(messages("site.statutory.none"))
    page.limits("site.statutory")
    return made


def _list(site: Site, name: str) -> Page:
    messages, rows = site.messages, site.published.rows(name)
    crumbs = (site.crumb("statutory", addresses.STATUTORY),)
    page = site.page(f"statutory.{name}", addresses.STATUTORY, addresses.slug(name), crumbs=crumbs)
    page.paragraphs(f"site.statutory.{name}.law")
    if not rows:
        page.paragraph(messages("site.statutory.empty"))
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
    _hidden(site, page, name)
    _not_sent(site, page, rows)
    newest_first = sorted(rows, key=lambda row: str(row[keys[0]]), reverse=True)
    cells = [[_statutory_cell(site, page, key, row) for key in keys] for row in newest_first[:MOST]]
    page.section(title, messages("site.statutory.rows", n=messages.count(len(rows))))
    page.add(linked_table(Table(title, columns, [], ""), cells, messages))
    if len(rows) > MOST:
        page.add(
            prose.caption(messages("site.first", n=messages.count(MOST), total=messages.count(len(rows))))
        )
    forms = [("csv", "CSV"), ("parquet", "Parquet"), ("it.csv", messages("site.file.spreadsheet"))]
    links = [
        page.link(file, told)
        for form, told in forms
        if (site.published.folder / (file := f"data/{name}.{form}")).is_file()
    ]
    page.add(macro("listing", "files")(links))
    return page


def _hidden(site: Site, page: Page, name: str) -> None:
    """Say how many amounts of a list are protected, of which reasons of payment, and why."""
    messages, rows = site.messages, site.published.rows(name)
    hidden = [row for row in rows if row["mark"] == "suppressed"]
    if not hidden:
        return
    told = messages(
        "site.statutory.hidden", hidden=messages.count(len(hidden)), total=messages.count(len(rows))
    )
    page.sentence(told)
    counts = Counter(row["payment_reason"] for row in hidden if row.get("payment_reason"))
    if counts:
        of_all = Counter(row["payment_reason"] for row in rows)
        page.bullets(
            messages(
                "site.statutory.hidden.of",
                reason=messages.known(f"site.code.{reason}", reason),
                hidden=messages.count(counts[reason]),
                total=messages.count(n),
            )
            for reason, n in sorted(of_all.items())
        )
    page.paragraph(messages("site.statutory.hidden.why"))
    page.paragraphs(f"site.statutory.{name}.hidden")


def _not_sent(site: Site, page: Page, rows: Sequence[dict[str, Any]]) -> None:
    """Say how many rows lack the officer in charge, which the law asks for, and where projects are."""
    messages = site.messages
    blank = sum("responsible_officer" in row and not row["responsible_officer"] for row in rows)
    if blank:
        counts = {"n": messages.count(blank), "total": messages.count(len(rows))}
        page.paragraph(messages("site.statutory.no_officer", **counts))
    if any(_is_address(row.get("project_url")) for row in rows):
        page.paragraph(messages("site.statutory.project"))


def _is_address(text: object) -> bool:
    return isinstance(text, str) and text.startswith(("https://", "http://"))


def _statutory_cell(site: Site, page: Page, key: str, row: dict[str, Any]) -> str:
    messages, value = site.messages, row[key]
    if value is None:
        return chip(row["mark"], messages) if key.endswith("eur") and row.get("mark") == "suppressed" else ""
    if key.endswith("eur"):
        return formatting.euro(value, site.lang, cents=True)
    if isinstance(value, bool):
        return messages(f"site.{'yes' if value else 'no'}")
    if isinstance(value, date):
        return day_of(value, site.lang)
    if key.endswith("_name"):
        return site.organisation_link(page, row.get(f"{key.removesuffix('_name')}_tax_code"), str(value))
    if key == "title" and _is_address(row.get("project_url")):
        return link_to(row["project_url"], str(value))
    if key == "call_key":
        return site.call_link(page, value) or str(value)
    codes = str(value).split() if key == "reasons" else [str(value)]
    return ", ".join(messages.known(f"site.code.{code}", code) for code in codes)
