"""S8 Data quality: how far a reader can trust the numbers."""

from collections.abc import Sequence
from datetime import date

from dashboards import numerals
from dashboards.parts.table import Cell, Column, Table, text_cell
from dashboards.site import addresses
from dashboards.site.cells import day_cell, shown_cell
from dashboards.site.page import Page
from dashboards.site.published_release import NETWORK
from dashboards.site.site import Site

_JUDGED = ("export_delay", "quarantine_rate", "reconciliation_gap")
_MONTHS = 12


def pages(site: Site) -> list[Page]:
    """Return the page about the quality of data."""
    words = site.words
    page = site.page("quality", addresses.QUALITY)
    months = [
        month
        for month in site.published.months
        if site.published.of(NETWORK, "quarantine_rate", period_type="month", period_start=month)
    ]
    if not months:
        page.paragraph(words("site.nothing"))
        return [page]
    page.figures = [
        f
        for scope in [NETWORK, *(("instance", i) for i in site.published.territories)]
        for i in _JUDGED
        for f in site.published.of(scope, i, period_type="month")[-_MONTHS:]
    ]
    _headline(site, page)
    for indicator_id in _JUDGED:
        _matrix(site, page, indicator_id, months[-_MONTHS:])
    _coverage(site, page)
    page.limits("site.quality")
    return [page]


def _headline(site: Site, page: Page) -> None:
    words = site.words
    days = sorted({t.data_to for t in site.published.territories.values() if t.data_to})
    if not days:
        return
    values = {"n": words.count(len(site.published.territories)), "day": numerals.day(days[-1], site.lang)}
    if len(days) == 1:
        page.sentence(words("site.quality.sentence", **values))
    else:
        page.sentence(words("site.quality.sentence.some", first=numerals.day(days[0], site.lang), **values))


def _matrix(site: Site, page: Page, indicator_id: str, months: Sequence[date]) -> None:
    words, indicator = site.words, site.indicator(indicator_id, "instance")
    if indicator is None:
        return
    title = indicator.name(words)
    columns = [Column("id", "id"), Column("territory", words("column.territory"))]
    columns += [Column(m.isoformat()[:7], numerals.period("month", m, site.lang), True) for m in months]
    rows: list[list[Cell]] = []
    for scope, name in [
        *((("instance", t.instance_id), t.name) for t in site.published.territories.values()),
        (NETWORK, words("site.whole_network")),
    ]:
        found = {f.period_start: f for f in site.published.of(scope, indicator_id, period_type="month")}
        rows.append(
            [
                text_cell(scope[1]),
                text_cell(name),
                *(shown_cell(found.get(m), indicator, words) for m in months),
            ]
        )
    table = Table(title, columns, rows, words("table.empty"))
    page.table(title, indicator.definition(words), table, addresses.slug(indicator_id), [indicator])


def _coverage(site: Site, page: Page) -> None:
    words = site.words
    title = words("site.quality.coverage")
    columns = [
        Column("id", "id"),
        Column("territory", words("column.territory")),
        Column("data_from", words("site.column.data_from")),
        Column("data_to", words("column.data_to")),
    ]
    rows, cells = [], []
    for territory in site.published.territories.values():
        days = [day_cell(day, site.lang) for day in (territory.data_from, territory.data_to)]
        rows.append([text_cell(territory.instance_id), text_cell(territory.name), *days])
        cells.append([page.link(site.territory_path(territory), territory.name), *(d.text for d in days)])
    table = Table(title, columns, rows, "")
    page.table(title, words("site.quality.coverage.under"), table, "copertura", cells=cells)
