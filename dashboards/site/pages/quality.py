"""S8 Data quality: how far a reader can trust the numbers; of each territory, its score."""

from collections.abc import Sequence
from datetime import date

from core.presentation import formatting
from dashboards import quality_scores
from dashboards.components.table import Cell, Column, Table, chip_or_text, text_cell
from dashboards.pictures.line import Point, Series, alternative, line
from dashboards.site import addresses
from dashboards.site.cells import day_cell, shown_cell
from dashboards.site.page import Page
from dashboards.site.published_release import NETWORK, Territory
from dashboards.site.site import Site

_JUDGED = ("export_delay", "quarantine_rate", "reconciliation_gap")
_MONTHS = 12


def pages(site: Site) -> list[Page]:
    """Return the page about the quality of data."""
    messages = site.messages
    page = site.page("quality", addresses.QUALITY)
    months = [
        month
        for month in site.published.months
        if site.published.of(NETWORK, "quarantine_rate", period_type="month", period_start=month)
    ]
    if not months:
        page.paragraph(messages("site.nothing"))
        return [page]
    page.figures = [
        f
        for scope in [NETWORK, *(("instance", i) for i in site.published.territories)]
        for i in _JUDGED
        for f in site.published.of(scope, i, period_type="month")[-_MONTHS:]
    ]
    _headline(site, page)
    _scores(site, page)
    for indicator_id in _JUDGED:
        _matrix(site, page, indicator_id, months[-_MONTHS:])
    _coverage(site, page)
    page.limits("site.quality")
    return [page]


def _headline(site: Site, page: Page) -> None:
    messages = site.messages
    days = sorted({t.data_to for t in site.published.territories.values() if t.data_to})
    if not days:
        return
    values = {
        "n": messages.count(len(site.published.territories)),
        "day": formatting.day(days[-1], site.lang),
    }
    if len(days) == 1:
        page.sentence(messages("site.quality.sentence", **values))
    else:
        page.sentence(
            messages("site.quality.sentence.some", first=formatting.day(days[0], site.lang), **values)
        )


def _score_months(site: Site) -> list[date]:
    """The last months that any territory has a row of scores for."""
    found = {month for rows in site.published.quality_scores.values() for _, month in rows}
    return sorted(found)[-quality_scores.MONTHS :]


def _score(site: Site, instance_id: str, dimension: str, month: date) -> Cell:
    row = site.published.quality_scores.get(instance_id, {}).get((dimension, month))
    score, mark = (row["score"], row["mark"]) if row else (None, "missing")
    return quality_scores.cell(dimension, score, mark, site.messages)


def _scores(site: Site, page: Page) -> None:
    """Add the scores of the territories month by month, the dimensions of the last month, and the formula."""
    messages, months = site.messages, _score_months(site)
    if not months:
        return
    known = [t for t in site.published.territories.values() if t.instance_id in site.published.quality_scores]
    head = [Column("id", "id"), Column("territory", messages("column.territory"))]
    when = f"{formatting.month_name(months[-1].month, site.lang)} {months[-1].year}"
    by_month = [_month_column(month, site) for month in months]
    dimensions = (quality_scores.WHOLE, *quality_scores.DIMENSIONS)
    by_dimension = quality_scores.columns(dimensions, messages)
    for key, columns, name in (
        ("quality_score.by_dimension", by_dimension, "punteggio-dimensioni"),
        ("quality_score.by_month", by_month, "punteggio"),
    ):
        rows, cells = [], []
        for territory in known:
            scores = (
                [_score(site, territory.instance_id, each, months[-1]) for each in dimensions]
                if columns is by_dimension
                else [_score(site, territory.instance_id, quality_scores.WHOLE, month) for month in months]
            )
            link = page.link(site.territory_path(territory), territory.name)
            rows.append([text_cell(territory.instance_id), text_cell(territory.name), *scores])
            cells.append([link, *(chip_or_text(score, messages) for score in scores)])
        table = Table(messages(key), [*head, *columns], rows, messages("quality_score.none"))
        under = messages(f"{key}.under", month=when, days=messages.count(_rule(site, "calendar.month")))
        page.table(messages(key), under, table, name, cells=cells)
    page.section(messages("quality_score.how"))
    page.paragraphs("quality_score.formula", n=messages.count(_rule(site, "quality_score.records_at_least")))
    page.terms(quality_scores.terms(messages, _rule(site, "quality_score.days_to_arrive")))


def _month_column(month: date, site: Site) -> Column:
    # A head of two lines: twelve months are side by side where a page is wide.
    label = formatting.period("month", month, site.lang).replace(formatting.NBSP, " ")
    return Column(f"score_{month:%Y_%m}", label, True)


def _rule(site: Site, name: str) -> int:
    """A number of the policy."""
    return int(site.published.rule(name) or 0)


def of_territory(site: Site, page: Page, territory: Territory) -> None:
    """Add the score of a territory over the last months as a line, with its dimensions in the table."""
    messages, months = site.messages, _score_months(site)
    if not site.published.scores_by_month(territory.instance_id).keys() & set(months):
        return
    names = (quality_scores.WHOLE, *quality_scores.DIMENSIONS)
    cells = {
        (name, month): _score(site, territory.instance_id, name, month) for name in names for month in months
    }
    title = messages("quality_score.of", name=territory.name)
    columns = [
        Column("period_start", messages("column.period")),
        *quality_scores.columns(names, messages),
    ]
    rows = [
        [
            Cell(formatting.period("month", month, site.lang), month.isoformat()),
            *(cells[name, month] for name in names),
        ]
        for month in months
    ]
    points = [_point(cells[quality_scores.WHOLE, month], month, site) for month in months]
    series = [Series(territory.name, points)]
    drawn = line(
        f"qualita-{territory.instance_id}",
        title,
        alternative(series, messages),
        series,
        "people",
        site.lang,
        percent=True,
    )
    table = Table(title, columns, rows, messages("quality_score.none"))
    page.picture(title, messages("quality_score.of.under"), drawn, table, f"{territory.instance_id}-qualita")
    quality = site.path(addresses.QUALITY)
    page.paragraph(page.link(quality, messages("quality_score.how")))


def _point(cell: Cell, month: date, site: Site) -> Point:
    period = formatting.period("month", month, site.lang)
    tick = formatting.period_on_axis("month", month, site.lang)
    if cell.raw is None:
        mark = cell.mark or "missing"
        return Point(period, None, cell.text, site.messages(f"mark.{mark}.letter"), mark, tick=tick)
    return Point(period, float(cell.raw), cell.text, tick=tick)


def _matrix(site: Site, page: Page, indicator_id: str, months: Sequence[date]) -> None:
    messages, indicator = site.messages, site.indicator(indicator_id, "instance")
    if indicator is None:
        return
    title = indicator.name(messages)
    columns = [Column("id", "id"), Column("territory", messages("column.territory"))]
    columns += [_month_column(month, site) for month in months]
    rows: list[list[Cell]] = []
    for scope, name in [
        *((("instance", t.instance_id), t.name) for t in site.published.territories.values()),
        (NETWORK, messages("site.whole_network")),
    ]:
        found = {f.period_start: f for f in site.published.of(scope, indicator_id, period_type="month")}
        rows.append(
            [
                text_cell(scope[1]),
                text_cell(name),
                *(shown_cell(found.get(m), indicator, messages) for m in months),
            ]
        )
    table = Table(title, columns, rows, messages("table.empty"))
    page.table(title, indicator.definition(messages), table, addresses.slug(indicator_id), [indicator])


def _coverage(site: Site, page: Page) -> None:
    messages = site.messages
    title = messages("site.quality.coverage")
    columns = [
        Column("id", "id"),
        Column("territory", messages("column.territory")),
        Column("data_from", messages("site.column.data_from")),
        Column("data_to", messages("column.data_to")),
    ]
    rows, cells = [], []
    for territory in site.published.territories.values():
        days = [day_cell(day, site.lang) for day in (territory.data_from, territory.data_to)]
        rows.append([text_cell(territory.instance_id), text_cell(territory.name), *days])
        cells.append([page.link(site.territory_path(territory), territory.name), *(d.text for d in days)])
    table = Table(title, columns, rows, "")
    page.table(title, messages("site.quality.coverage.under"), table, "copertura", cells=cells)
