"""Prices and quantities of coded services: a subject, a service and a year arrive, their table and their dots
are drawn.

An item of the figures is a code of the nomenclature and a unit. A price is compared within one item alone.
"""

from collections.abc import Mapping
from datetime import date

from core.presentation import formatting
from dashboards import layout, presenters, queries
from dashboards.components import prose
from dashboards.components.table import Cell, Column, Table, figure_cell, text_cell
from dashboards.figures import Figure, Indicator, absent
from dashboards.i18n import Messages
from dashboards.page_context import PageContext
from dashboards.pictures.dots import Dot, dots
from dashboards.presenters import Subject
from dashboards.territory_pages import Territory

# With fewer providers than these a price beside another tells what a rival asks.
LEAST_PROVIDERS = 3


def name(row: queries.Row, messages: Messages) -> str:
    """Return what a coded service is called, with its code and its unit."""
    unit = messages(f"service_unit.{row['unit']}")
    return messages("service.named", name=row["name"], code=row["code"], unit=unit)


def prices(subject: Subject, services: Mapping[str, str], year: date, caption: str) -> Table:
    """Return a row per service delivered in the year: price and units per person, each beside the year
    before where the two can be compared, and people."""
    messages, before = subject.context.messages, date(year.year - 1, 1, 1)
    columns = [Column("service", messages("column.service"))]
    figures: list[tuple[Indicator, dict[str, Figure]]] = []
    years = [year] if presenters.no_comparison(subject, year) else [year, before]
    for indicator in subject.held("unit_cost_std", "intensity"):
        for each in years:
            key = f"{indicator.indicator_id}_{each.year}"
            columns.append(Column(key, f"{indicator.name(messages)}, {each.year}", True))
            figures.append((indicator, subject.items(indicator, each)))
    if not figures:
        return Table(caption, columns, [], messages("table.empty"))
    now = {item for indicator, found in figures[:: len(years)] for item in found}
    rows = []
    for item, text in services.items():
        if item in now:
            cells = [
                figure_cell(found[item], indicator, messages)
                if item in found
                else Cell(messages("comparison.none"), None)
                for indicator, found in figures
            ]
            rows.append([Cell(text, item), *cells])
    return Table(caption, columns, rows, messages("table.empty"))


def draw_providers(territory: Territory, item: str, service: str) -> None:
    """Draw the price of a service in the territory and at each provider at work there, beside the network's
    and the median of similar territories. Where fewer than three providers have one, or none is the viewer's
    to see, none is drawn, and it says why."""
    context, subject, year = territory.context, territory.subject, territory.year
    messages = context.messages
    for indicator in subject.held("unit_cost_std"):
        own = subject.items(indicator, year).get(item)
        names = queries.at_work_in(context.database, territory.row["instance_id"])
        found = {
            figure.scope_id: figure
            for figure in _of(context, indicator, "provider", year, item)
            if figure.scope_id in names
        }
        title = messages("territory_spending.providers", service=service)
        under = messages("territory_spending.providers.under", name=territory.name, year=str(year.year))
        layout.show(context, prose.section(title, under))
        if len(found) < LEAST_PROVIDERS:
            seen = all(queries.is_own(context.database, "provider", scope) for scope in names)
            why = "few" if seen or found else "not_visible"
            layout.show(context, prose.caption(messages(f"territory_spending.{why}")))
            found = {}
        if own is None:
            return
        peers = _peers(context, indicator, year, item).get(subject.scope_id)
        rows = [_dot(territory.name, own, indicator, messages, peers)]
        rows += [
            _dot(names[scope], figure, indicator, messages, is_context=True)
            for scope, figure in sorted(found.items(), key=lambda pair: names[pair[0]])
        ]
        draw(context, indicator, rows, year, item, title, f"{territory.file('prezzo')}-{_file(item)}")


def draw_territories(
    context: PageContext, indicator: Indicator, year: date, item: str, title: str, under: str, own: str
) -> None:
    """Draw an item of an indicator in every territory, as the public may see it, by name; own -- the
    territory that is in colour, or none of them."""
    messages = context.messages
    found = {figure.scope_id: figure for figure in _of(context, indicator, "instance", year, item)}
    peers = _peers(context, indicator, year, item)
    known = {row["instance_id"]: row["name"] for row in queries.territories(context.database)}
    rows = [
        _dot(
            name,
            found.get(scope) or _lacking(indicator, scope, year),
            indicator,
            messages,
            peers.get(scope),
            is_context=own in known and scope != own,
        )
        for scope, name in known.items()
    ]
    if any(peer is not None for peer in peers.values()):
        under += " " + messages("network.picture.peers")
    layout.show(context, prose.section(title, under))
    draw(context, indicator, rows, year, item, title, f"rete-{indicator.indicator_id}-{_file(item)}")


def range_of_prices(subject: Subject, item: str, service: str, year: date) -> str:
    """Return the network's price of a service and the lowest and highest of the territories whose price is
    shown, by nobody's name; nothing where fewer than two are, or the network's is not."""
    context = subject.context
    for indicator in subject.held("unit_cost_std"):
        whole = subject.items(indicator, year).get(item)
        shown = [f for f in _of(context, indicator, "instance", year, item) if f.amount is not None]
        if whole is None or whole.amount is None or len(shown) < 2:
            return ""
        by_price = sorted(shown, key=lambda figure: float(figure.amount or 0))
        lowest, highest = (figure.text(indicator, context.messages) for figure in (by_price[0], by_price[-1]))
        return context.messages(
            "sentence.prices",
            year=str(year.year),
            service=service,
            price=whole.text(indicator, context.messages),
            n=context.messages.count(len(shown)),
            lowest=lowest,
            highest=highest,
        )
    return ""


def draw(
    context: PageContext,
    indicator: Indicator,
    rows: list[Dot],
    year: date,
    item: str,
    title: str,
    name: str,
) -> None:
    """Draw dots on the line of the network's figure, with the table of the same numbers."""
    messages = context.messages
    whole = next(iter(_of(context, indicator, "network", year, item)), None)
    reference = None
    if whole is not None and whole.amount is not None:
        text = messages("network.reference", value=whole.text(indicator, messages))
        reference = (float(whole.amount), text)
    said = "; ".join(f"{row.name}: {row.text}" for row in rows) + "."
    is_share = indicator.unit == "ratio"
    picture = dots(
        f"dots-{indicator.indicator_id}",
        title,
        said,
        rows,
        indicator.hue,
        context.lang,
        reference,
        percent=is_share,
    )
    columns = [Column("name", messages("column.whose")), Column("value", indicator.name(messages), True)]
    has_peers = any(row.peers is not None for row in rows)
    if has_peers:
        columns.append(Column("peer_median", messages("column.peer_median"), True))
    table_rows = []
    for row in rows:
        raw = None if row.value is None else formatting.recorded(row.value, indicator.unit)
        cells = [text_cell(row.name), Cell(row.text, raw, row.mark)]
        if has_peers:
            peers = Cell(messages("comparison.none"), None)
            if row.peers is not None:
                text = presenters.written(row.peers, indicator, context)
                peers = Cell(text, formatting.recorded(row.peers, indicator.unit))
            cells.append(peers)
        table_rows.append(cells)
    table = Table(title, columns, table_rows, messages("table.empty"))
    layout.show_svg(context, picture, table, f"{name}-{year.year}", indicator)


def _of(context: PageContext, indicator: Indicator, scope_type: str, year: date, item: str) -> list[Figure]:
    which = "ALL" if item == "ALL" else "EACH"
    found = queries.figures(
        context.database,
        (indicator.indicator_id,),
        scope_type,
        None,
        "year",
        period_start=year,
        item=which,
        protected=True,
    )
    return [figure for figure in found if figure.item == item]


def _peers(context: PageContext, indicator: Indicator, year: date, item: str) -> dict[str, float | None]:
    rows = queries.compared(context.database, indicator.indicator_id, "ALL", year, item)
    return {row["instance_id"]: row["peer_median"] for row in rows}


def _lacking(indicator: Indicator, scope: str, year: date) -> Figure:
    return absent(indicator, "instance", scope, "year", year)


def _dot(
    name: str,
    figure: Figure,
    indicator: Indicator,
    messages: Messages,
    peers: float | None = None,
    *,
    is_context: bool = False,
) -> Dot:
    value = None if figure.amount is None else float(figure.amount)
    text = figure.text(indicator, messages)
    return Dot(name, value, text, figure.mark, None, peers, is_context)


def _file(item: str) -> str:
    return item.lower().replace(":", "-")
