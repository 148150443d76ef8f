"""S1 Territory and comune: what happens in my town. The list, a page for each territory, and one for each of
its comuni that leads there."""

import re
from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from core.presentation import formatting
from core.presentation.rendering import macro
from dashboards import sentences
from dashboards.components import prose
from dashboards.components.bars import Bar
from dashboards.components.table import Cell, Column, Table, text_cell
from dashboards.figures import AREAS, Indicator
from dashboards.i18n import Messages
from dashboards.pictures.line import Point, Series, alternative, line
from dashboards.site import addresses
from dashboards.site.cells import day_cell, figure_bar, row_bar, shown_cell
from dashboards.site.page import Page, day_of
from dashboards.site.pages import interventions, people, providers, quality, spending
from dashboards.site.published_release import NETWORK, Comune, PublishedFigure, Scope, Territory
from dashboards.site.site import Site

CARDS = ("persons_served", "spend_delivered", "spend_net_per_resident", "persons_per_1000")
WAITS = ("accepted", "up_to_30", "31_to_60", "61_to_90", "over_90", "waiting")
RESULTS = ("ALL", "accepted", "refused_resources", "refused_other", "open")
# Files have one name in both languages.
_FILES = {"waits": "attese", "results": "esiti"}
_BAND = re.compile(r"(?:(\d+)_)?(up_to|to|over)_(\d+)")


def pages(site: Site) -> list[Page]:
    """Return the lists of territories and of comuni, and the page of each."""
    known = list(site.published.territories.values())
    made = [_list(site, known), _comuni(site, known)]
    for territory in known:
        made.append(_territory(site, territory))
        made += [_comune(site, territory, comune) for comune in territory.comuni]
    return made


def _list(site: Site, known: Sequence[Territory]) -> Page:
    messages = site.messages
    page = site.page("territories", addresses.TERRITORIES)
    columns = [
        Column("territory", messages("column.territory")),
        Column("region", messages("site.column.region")),
        Column("comuni", messages("site.column.comuni"), True),
        Column("residents", messages("site.column.residents"), True),
        Column("data_to", messages("column.data_to")),
    ]
    rows, cells = [], []
    for each in known:
        residents = each.residents
        row = [
            text_cell(each.name),
            text_cell(each.region_name),
            Cell(formatting.number(len(each.comuni), site.lang), len(each.comuni)),
            Cell("" if residents is None else formatting.number(residents, site.lang), residents),
            day_cell(each.data_to, site.lang),
        ]
        rows.append(row)
        cells.append([page.link(site.territory_path(each), each.name), *(c.text for c in row[1:])])
    title = messages("public_territory.choose")
    page.table(title, "", Table(title, columns, rows, messages("table.empty")), "territori", cells=cells)
    page.paragraph(page.link(site.path(addresses.COMUNI), messages("site.comuni.find")))
    return page


def _comuni(site: Site, known: Sequence[Territory]) -> Page:
    messages = site.messages
    page = site.page("comuni", addresses.COMUNI)
    found = sorted(
        ((comune, territory) for territory in known for comune in territory.comuni),
        key=lambda pair: (addresses.slug(pair[0].name), pair[0].istat),
    )
    letters: dict[str, list[str]] = {}
    for comune, territory in found:
        link = page.link(_comune_path(site, comune), comune.name)
        letters.setdefault(comune.name[:1].upper(), []).append(
            link if comune.name == territory.name else Markup("{} ({})").format(link, territory.name)
        )
    for letter, links in letters.items():
        page.add(macro("prose", "subheading")(letter), prose.listed(links))
    page.paragraph(messages("site.comuni.not_there"))
    return page


def _comune_path(site: Site, comune: Comune) -> str:
    return site.path(addresses.COMUNI, addresses.slug(comune.istat, comune.name))


def _comune(site: Site, territory: Territory, comune: Comune) -> Page:
    messages = site.messages
    crumbs = (site.crumb("comuni", addresses.COMUNI), (site.territory_path(territory), territory.name))
    page = site.page_at(_comune_path(site, comune), "comune", title=comune.name, crumbs=crumbs)
    others = len(territory.comuni) - 1
    told = messages.counted("site.comune.within", others, name=comune.name, territory=territory.name)
    page.sentence(
        told if others else messages("site.comune.alone", name=comune.name, territory=territory.name)
    )
    year = site.year
    people = (
        None
        if year is None
        else site.published.year(("instance", territory.instance_id), "persons_served", year)
    )
    if year is not None and people is not None:
        page.add(prose.caption(_headline(site, territory, year)))
    page.paragraph(
        page.link(site.territory_path(territory), messages("site.comune.open", territory=territory.name))
    )
    if comune.residents is not None:
        values = {"name": comune.name, "n": messages.count(comune.residents), "source": comune.source}
        day = formatting.day(comune.counted_on, site.lang) if comune.counted_on else ""
        page.paragraph(messages("site.comune.residents", day=day, **values))
    told = spending.sentence(site, territory)
    if told:
        page.add(prose.caption(told))
    page.paragraphs("site.comune.why")
    return page


def _headline(site: Site, territory: Territory, year: int) -> str:
    """The sentence of a territory and a year."""
    scope = ("instance", territory.instance_id)
    people, money = (site.published.year(scope, i, year) for i in ("persons_served", "spend_delivered"))
    return sentences.of_territory(territory.name, year, people, money, site.messages)


def _territory(site: Site, territory: Territory) -> Page:
    messages, scope = site.messages, ("instance", territory.instance_id)
    crumbs = (site.crumb("territories", addresses.TERRITORIES),)
    page = site.page_at(site.territory_path(territory), "territory", title=territory.name, crumbs=crumbs)
    page.figures = list(site.published.figures.get(scope, ()))
    page.has_workbook = True
    page.feed = f"feed/territori/{territory.instance_id}.{site.lang}.xml"
    as_of = site.published.release.as_of
    if territory.data_to and territory.data_to < as_of:
        days = {
            "day": formatting.day(territory.data_to, site.lang),
            "other": formatting.day(as_of, site.lang),
        }
        page.add(
            prose.notice(
                "attention", messages("public_territory.behind", **days), messages("notice.stale.word")
            )
        )
    year = site.year
    if year is None:
        page.paragraph(messages("site.nothing"))
        return page
    page.sentence(_headline(site, territory, year))
    page.cards([card for i in CARDS for card in page.card(site.published.year(scope, i, year))])
    areas(site, page, scope, year, f"{territory.instance_id}-aree-{year}")
    by_age = people.address_of(site, territory)
    if by_age:
        page.paragraph(page.link(by_age, messages("site.people.link")))
    _steps(site, page, territory, year, "waits", "t08_persons_by_wait", "wait", WAITS)
    _steps(site, page, territory, year, "results", "t09_persons_by_result", "result", RESULTS)
    over_years(site, page, territory)
    spending.of_territory(site, page, territory)
    quality.of_territory(site, page, territory)
    _kinds(site, page, territory, year)
    _interventions(site, page, territory)
    _calls(site, page, territory)
    _comuni_of(site, page, territory)
    page.limits("public_territory", more=_limits(site, territory))
    return page


def areas(site: Site, page: Page, scope: Scope, year: int, name: str) -> None:
    """Add what a scope received by area of need: people, euro and services where they are public."""
    messages = site.messages
    ids = ("persons_served", "spend_delivered", "attributed", "deliveries")
    indicators = [
        i
        for i in site.indicators(*ids, scope_type=scope[0])
        if any(site.published.year(scope, i.indicator_id, year, area) for area in AREAS)
    ]
    if not indicators:
        return
    rows, codes = [], []
    for area in AREAS:
        figures = [site.published.year(scope, i.indicator_id, year, area) for i in indicators]
        if not any(figures):
            continue
        first = figures[0]
        before = page.before(first) if first is not None else None
        rows.append(
            figure_bar(
                messages(f"area.{area}"),
                first,
                [shown_cell(f, i, messages) for f, i in zip(figures, indicators, strict=True)],
                before=before,
            )
        )
        codes.append(area)
    tick = any(row.reference is not None and row.mark == "value" for row in rows)
    page.bars(
        messages("territory.areas") if len(indicators) > 1 else messages("site.areas.euro"),
        " ".join(
            [
                messages("areas.under", year=str(year), drawn=indicators[0].name(messages)),
                *([messages("site.areas.without")] if scope[0] == "funder" else []),
            ]
        ),
        Column("area", messages("column.area")),
        [
            Column(
                i.indicator_id,
                i.name(messages),
                True,
                messages("table.distinct") if i.unit == "persons" else "",
            )
            for i in indicators
        ],
        rows,
        indicators[0].hue,
        name,
        indicators,
        codes,
        messages("bars.tick.year", year=str(year - 1)) if tick else "",
    )
    _elsewhere(site, page, scope, year, indicators, rows)


def _elsewhere(
    site: Site, page: Page, scope: Scope, year: int, indicators: Sequence[Indicator], rows: Sequence[Bar]
) -> None:
    """Say where all areas are nothing and the total is protected, which else reads as a contradiction."""
    if len(indicators) != 1 or any(row.mark != "zero" for row in rows):
        return
    total = site.published.year(scope, indicators[0].indicator_id, year)
    if total is not None and total.mark == "suppressed":
        page.add(prose.caption(site.messages("site.areas.elsewhere")))


def _steps(
    site: Site,
    page: Page,
    territory: Territory,
    year: int,
    kind: str,
    table: str,
    column: str,
    order: Sequence[str],
) -> None:
    messages = site.messages
    found = {
        row[column]: row
        for row in site.published.rows_where(table, "territory", f"instance:{territory.instance_id}")
        if row["year"] == str(year)
    }
    steps = [found[code] for code in order if code in found]
    rows = [row_bar(step_name(row[column], messages), row, "persons_asking", messages) for row in steps]
    page.bars(
        messages(f"public_territory.{kind}", year=str(year)),
        messages(f"public_territory.{kind}.under"),
        Column("step", messages(f"site.column.{kind}")),
        [Column("persons", messages("column.persons"), True, messages("table.distinct"))],
        rows,
        "time" if kind == "waits" else "people",
        f"{territory.instance_id}-{_FILES[kind]}-{year}",
        codes=[row[column] for row in steps],
    )


def step_name(code: str, messages: Messages) -> str:
    """Return a step in words: "da 31 a 60 giorni"."""
    band = _BAND.fullmatch(code)
    if band is None:
        return messages(f"step.{code}")
    low, kind, bound = band.groups()
    days = {"low": bound} if kind == "over" else {"low": low or bound, "high": bound}
    return messages(f"step.{kind}", **{name: messages.count(int(day)) for name, day in days.items()})


def over_years(site: Site, page: Page, territory: Territory) -> None:
    """Add the rate of people served over the years, beside that of the whole network in grey."""
    messages = site.messages
    indicator = site.indicator("persons_per_1000", "instance")
    if indicator is None or len(site.published.years) < 2:
        return
    starts = [date(year, 1, 1) for year in reversed(site.published.years)]
    scopes: list[tuple[str, Scope]] = [
        (territory.name, ("instance", territory.instance_id)),
        (messages("site.whole_network"), NETWORK),
    ]
    series, columns, cells = [], [Column("period_start", messages("column.period"))], []
    for name, scope in scopes:
        figures = [site.published.year(scope, indicator.indicator_id, start.year) for start in starts]
        if not any(f is not None and f.amount is not None for f in figures):
            continue
        series.append(
            Series(
                name,
                [_point(f, s, indicator, site) for f, s in zip(figures, starts, strict=True)],
                scope == NETWORK,
            )
        )
        columns.append(Column(scope[1], name, True))
        cells.append([shown_cell(f, indicator, messages) for f in figures])
    if not series or series[0].is_context:
        return
    title = messages("site.territory.years", name=territory.name)
    rows = [
        [Cell(str(start.year), start.isoformat()), *(column[n] for column in cells)]
        for n, start in enumerate(starts)
    ]
    drawn = line(
        f"anni-{territory.instance_id}",
        title,
        alternative(series, messages),
        series,
        indicator.hue,
        site.lang,
    )
    page.picture(
        title,
        messages("site.territory.years.under"),
        drawn,
        Table(title, columns, rows, messages("table.empty")),
        f"{territory.instance_id}-anni",
        [indicator],
    )


def _point(figure: PublishedFigure | None, start: date, indicator: Indicator, site: Site) -> Point:
    if figure is None or figure.amount is None:
        mark = figure.mark if figure else "missing"
        letter = site.messages(f"mark.{mark}.letter")
        return Point(str(start.year), None, site.messages(f"mark.{mark}"), letter, mark)
    return Point(str(start.year), float(figure.amount), figure.text(indicator, site.messages))


def _kinds(site: Site, page: Page, territory: Territory, year: int) -> None:
    messages = site.messages
    found = providers.kinds_of(site, f"instance:{territory.instance_id}", year)
    rows = [providers.kind_bar(row, messages) for row in found]
    page.bars(
        messages("site.territory.kinds", year=str(year)),
        messages("site.territory.kinds.under"),
        Column("kind", messages("site.column.provider_kind")),
        [Column("spend_delivered", messages("site.column.spend"), True)],
        rows,
        "euro",
        f"{territory.instance_id}-fornitori-{year}",
        codes=[row["kind"] for row in found],
    )


def _interventions(site: Site, page: Page, territory: Territory) -> None:
    found = site.interventions_of("instance_id", territory.instance_id)
    interventions.table_of(
        site,
        page,
        found,
        site.messages("site.territory.interventions"),
        f"{territory.instance_id}-interventi",
    )
    if found:
        everywhere = site.path(addresses.INTERVENTIONS)
        page.paragraph(page.link(everywhere, site.messages("site.territory.interventions.all")))


def _calls(site: Site, page: Page, territory: Territory) -> None:
    found = [key for key in site.calls if key.partition(":")[0] == territory.instance_id]
    if not found:
        return
    page.section(site.messages("site.territory.calls"), site.messages("site.territory.calls.under"))
    links = []
    for key in found:
        opened = day_of(site.calls[key].get("opened_on"), site.lang)
        link = page.link(site.call_path(key), site.calls[key]["title"])
        links.append(Markup("{} ({})").format(link, opened) if opened else link)
    page.add(prose.listed(links))
    page.paragraph(page.link(site.path(addresses.CALLS), site.messages("site.territory.calls.all")))


def _comuni_of(site: Site, page: Page, territory: Territory) -> None:
    if len(territory.comuni) < 2:
        return
    page.section(site.messages("site.territory.comuni", name=territory.name))
    page.add(prose.listed([page.link(_comune_path(site, each), each.name) for each in territory.comuni]))


def _limits(site: Site, territory: Territory) -> list[str]:
    messages, facts = site.messages, site.published.release.facts
    least = {"n": messages.count(facts["threshold"]), "high": messages.count(facts["threshold_high"])}
    made = [messages("public_territory.threshold", **least)]
    if territory.residents:
        sources = sorted({comune.source for comune in territory.comuni if comune.source}) or ["ISTAT"]
        source = "; ".join(sources).replace("stima", messages("residents.estimate"))
        source = source.replace("dati provvisori", messages("residents.provisional"))
        counted = max((c.counted_on for c in territory.comuni if c.counted_on), default=None)
        if counted:
            source += f", {formatting.day(counted, site.lang)}"
        made.append(
            messages("public_territory.residents", n=messages.count(territory.residents), source=source)
        )
    return made
