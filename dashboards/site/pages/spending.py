"""Spending per resident over the years beside similar territories: on the page of a territory, and for all of
them as a page of the comparison (S7)."""

from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup

from core.presentation import formatting
from dashboards.components import prose
from dashboards.components.table import Cell, Column, Table, text_cell
from dashboards.i18n import Messages
from dashboards.pictures.line import Point, Series, alternative, line
from dashboards.site import addresses
from dashboards.site.cells import cell_html, day_cell, marked_cell
from dashboards.site.page import Page
from dashboards.site.published_release import Row, Territory
from dashboards.site.site import Site

TABLE = "spending_per_resident"
VALUE = "spend_per_resident"
ADDRESS = "spesa-per-residente"


def of_territory(site: Site, page: Page, territory: Territory) -> None:
    """Add the value of services per resident over the years, beside the median of similar territories."""
    messages = site.messages
    own, whole = _by_year(site, f"instance:{territory.instance_id}"), _by_year(site, "network")
    years = sorted(own)
    if len(years) < 2 or all(row[VALUE] is None for row in own.values()):
        if own:
            page.paragraph(page.link(_path(site), messages("site.spending.title")))
        return
    last = own[years[-1]]
    series = [Series(territory.name, [_point(own.get(year), VALUE, year, messages) for year in years])]
    columns = [Column("period_start", messages("column.period")), Column(VALUE, territory.name, True)]
    cells = [[_cell(own[year], VALUE, messages) for year in years]]
    medians = [own[year]["peer_median"] for year in years]
    has_peers, is_one = any(median is not None for median in medians), False
    if has_peers:
        is_one = max(own[year]["peers_shown"] or 0 for year in years) == 1
        name = messages(f"site.spending.{'peer' if is_one else 'peers'}")
        points = [_point(own[year], "peer_median", year, messages) for year in years]
        series.append(Series(name, points, True))
        columns += [
            Column("peer_median", name, True),
            Column("peers_shown", messages("site.spending.n"), True),
        ]
        cells.append([_cell(own[year], "peer_median", messages) for year in years])
        cells.append([_peers(own[year], messages) for year in years])
    if whole:
        columns.append(Column("network", messages("site.whole_network"), True))
        cells.append([_cell(whole.get(year, {}), VALUE, messages) for year in years])
    rows = [
        [Cell(year, date(int(year), 1, 1).isoformat()), *(column[n] for column in cells)]
        for n, year in enumerate(years)
    ]
    title = messages("site.spending.of", name=territory.name)
    drawn = line(
        f"spesa-{territory.instance_id}", title, alternative(series, messages), series, "euro", site.lang
    )
    under = ("under_one" if is_one else "under") if has_peers else "under_alone"
    under = messages(f"site.spending.{under}", residents=_residents(last, messages))
    table = Table(title, columns, rows, messages("table.empty"))
    page.picture(title, under, drawn, table, f"{territory.instance_id}-spesa-per-residente")
    page.add(prose.caption(_group(site, last)))
    alike = _alike(site, territory, last)
    if alike:
        links = Markup(", ").join(page.link(site.territory_path(each), each.name) for each in alike)
        page.paragraph(Markup("{}: {}").format(messages("site.spending.alike"), links))
    page.paragraph(page.link(_path(site), messages("site.spending.all")))


def sentence(site: Site, territory: Territory) -> str:
    """Return what services were worth per resident in the last year, and in similar territories; nothing
    where that is not printed."""
    messages, own = site.messages, _by_year(site, f"instance:{territory.instance_id}")
    row = own.get(str(site.year), {})
    if row.get(VALUE) is None:
        return ""
    values = {"year": str(site.year), "name": territory.name, "euro": _euro(row[VALUE], messages)}
    if row["peer_median"] is None:
        return messages("site.spending.sentence", **values)
    return messages.counted(
        "site.spending.sentence_peers",
        row["peers_shown"],
        median=_euro(row["peer_median"], messages),
        **values,
    )


def targets(site: Site) -> list[tuple[str, str]]:
    """Return the path and the title of the page of all territories, where there is one."""
    found = any(site.published.rows(TABLE))
    return [(_path(site), site.messages("site.spending.title"))] if found else []


def pages(site: Site) -> list[Page]:
    """Return the page of all territories year by year, in the order of their names; none without figures.
    What stands below every comparison is left to the caller."""
    messages = site.messages
    years = sorted({row["year"] for row in site.published.rows(TABLE)})
    if not years:
        return []
    title = messages("site.spending.title")
    crumbs = (site.crumb("comparison", addresses.COMPARISON),)
    page = site.page_at(_path(site), "comparison", title=title, crumbs=crumbs)
    page.has_workbook = True
    page.sentence(messages("site.spending.definition"))
    heads = [Column("id", "id"), Column("territory", messages("column.territory"))]
    heads.append(Column("peer_group", messages("site.spending.group")))
    heads += [Column(year, year, True) for year in years]
    heads += [
        Column("peer_median", messages("site.spending.median", year=years[-1]), True),
        Column("peers_shown", messages("site.spending.n"), True),
        Column("residents", messages("site.column.residents"), True),
        Column("residents_date", messages("site.spending.counted")),
    ]
    rows, shown = [], []
    for instance, territory in site.published.territories.items():
        row = _row(site, f"instance:{instance}", territory.name, years)
        rows.append([text_cell(instance), *row])
        name = page.link(site.territory_path(territory), territory.name)
        shown.append([name, *(cell_html(cell, messages) for cell in row[1:])])
    row = _row(site, "network", messages("site.whole_network"), years)
    rows.append([text_cell("network"), *row])
    shown.append([cell_html(cell, messages) for cell in row])
    table = Table(title, heads, rows, messages("table.empty"))
    page.table(title, messages("site.spending.all.under"), table, f"{ADDRESS}-anni", cells=shown)
    page.section(messages("site.spending.groups"))
    for group, members in _groups(site).items():
        page.paragraph(
            Markup("{}: {}").format(
                group_name(group, messages),
                Markup(", ").join(page.link(site.territory_path(each), each.name) for each in members),
            )
        )
    return [page]


def _path(site: Site) -> str:
    return site.path(addresses.COMPARISON, ADDRESS)


def _by_year(site: Site, territory: str) -> dict[str, Row]:
    return {row["year"]: row for row in site.published.rows_where(TABLE, "territory", territory)}


def _row(site: Site, territory: str, name: str, years: Sequence[str]) -> list[Cell]:
    """The cells of a territory: name, group, its values by year, the median of its group, its residents."""
    messages, own = site.messages, _by_year(site, territory)
    last: Mapping = own[max(own)] if own else {}
    group = last.get("peer_group")
    return [
        text_cell(name),
        text_cell(group_name(group, messages) if group else ""),
        *(_cell(own.get(year, {}), VALUE, messages) for year in years),
        _cell(last, "peer_median", messages) if group else Cell("", None),
        _peers(last, messages) if group else Cell("", None),
        _count(last.get("residents"), messages),
        day_cell(last.get("residents_date"), site.lang),
    ]


def _mark(row: Mapping, column: str) -> str:
    if column == VALUE:
        return str(row.get(f"{VALUE}_mark", "missing"))
    if row.get(column) is not None:
        return "value"
    return "suppressed" if row.get("peers") else "not_applicable"


def _cell(row: Mapping, column: str, messages: Messages) -> Cell:
    value, mark = row.get(column), _mark(row, column)
    return marked_cell(mark, messages) if value is None else Cell(_euro(value, messages), value, mark)


def _count(value: int | None, messages: Messages) -> Cell:
    return Cell("" if value is None else formatting.number(value, messages.lang), value)


def _peers(row: Mapping, messages: Messages) -> Cell:
    """How many similar territories a median is made of: one value is no median."""
    n = row.get("peers_shown") or 0
    return Cell(
        messages.counted("site.spending.n_shown", n) if n else messages("site.spending.n_shown.zero"), n
    )


def _euro(value: formatting.Number, messages: Messages) -> str:
    return formatting.euro(value, messages.lang, cents=True)


def _point(row: Mapping | None, column: str, year: str, messages: Messages) -> Point:
    value, mark = (row or {}).get(column), _mark(row or {}, column)
    if value is None:
        return Point(year, None, messages(f"mark.{mark}"), messages(f"mark.{mark}.letter"), mark)
    return Point(year, float(value), _euro(value, messages), mark=mark)


def _residents(row: Mapping, messages: Messages) -> str:
    if row["residents"] is None:
        return messages("site.spending.no_residents")
    day = formatting.day(row["residents_date"], messages.lang) if row["residents_date"] else ""
    return messages(
        "site.spending.residents",
        n=messages.count(row["residents"]),
        source=row["residents_source"],
        day=day,
    )


def _group(site: Site, row: Mapping) -> str:
    """What the group of a territory is, and how many others are in it."""
    group, messages = row["peer_group"], site.messages
    if not group:
        return messages("site.spending.no_group")
    return messages.counted("site.spending.in_group", row["peers"], group=group_name(group, messages))


def _groups(site: Site) -> dict[str, list[Territory]]:
    """The territories of each group, in the order of their names."""
    found: dict[str, list[Territory]] = {}
    for territory in site.published.territories.values():
        own = _by_year(site, f"instance:{territory.instance_id}")
        group = own[max(own)]["peer_group"] if own else None
        if group:
            found.setdefault(group, []).append(territory)
    return dict(sorted(found.items()))


def _alike(site: Site, territory: Territory, row: Mapping) -> list[Territory]:
    return [each for each in _groups(site).get(row["peer_group"] or "", []) if each is not territory]


def group_name(group: str, messages: Messages) -> str:
    """Return a group in words, by its code in the public table: `medium-north`."""
    size, _, part = group.partition("-")
    if not part:
        return messages("site.spending.group.unknown")
    return f"{messages(f'site.spending.size.{size}')}, {messages(f'site.spending.part.{part}')}"
