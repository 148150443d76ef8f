"""S6 Indicator and S7 Comparison: what a number measures and what not, and its values by territory, none of
them ranked."""

from dataclasses import replace

from markupsafe import Markup

from core.presentation import formatting
from dashboards.components import prose
from dashboards.components.table import Column, Table, text_cell
from dashboards.figures import Indicator
from dashboards.pictures.dots import Dot, dots
from dashboards.site import addresses
from dashboards.site.cells import marked_cell, row_cell, shown_cell
from dashboards.site.page import Page, code
from dashboards.site.pages import figures, spending, territories
from dashboards.site.published_release import NETWORK, PublishedFigure
from dashboards.site.site import Site

# Rates and shares, which may stand beside each other; sums of larger and smaller territories may not.
COMPARED = (
    "persons_per_1000",
    "spend_net_per_resident",
    "disbursement_rate",
    "eligible_cost_rate",
    "outcome_coverage",
    "cofunding_share",
)


# What an indicator may be published for, besides territories.
_SCOPES = ("network", "region", "province", "funder", "grant", "provider")


def pages(site: Site) -> list[Page]:
    """Return the list of indicators with the page of each, and the comparison of those that may be."""
    known = sorted(site.published.indicators.values(), key=lambda i: i.name(site.messages).casefold())
    compared = [i for i in site.indicators(*COMPARED, scope_type="instance") if _values(site, i)]
    return [
        _list(site, known),
        *(_indicator(site, each) for each in known),
        _comparisons(site, compared),
        *(_comparison(site, each, compared) for each in compared),
        *(page for kind in _STEPS if (page := _steps(site, kind, compared)) is not None),
        *_spending(site, compared),
    ]


# Of people who asked: the table, its column of steps, their order, and the address of the page.
_STEPS = {
    "waits": ("t08_persons_by_wait", "wait", territories.WAITS, "attese"),
    "results": ("t09_persons_by_result", "result", territories.RESULTS, "esiti"),
}


def _list(site: Site, known: list[Indicator]) -> Page:
    messages = site.messages
    page = site.page("indicators", addresses.INDICATORS)
    title = messages("site.indicators.all")
    columns = [
        Column("indicator", messages("filter.indicator")),
        Column("definition", messages("made.definition")),
        Column("id", "id"),
    ]
    rows = [
        [text_cell(i.name(messages)), text_cell(i.definition(messages)), text_cell(i.indicator_id)]
        for i in known
    ]
    cells = [
        [
            page.link(site.indicator_path(i.indicator_id), i.name(messages)),
            i.definition(messages),
            code(i.indicator_id),
        ]
        for i in known
    ]
    page.table(title, "", Table(title, columns, rows, ""), "indicatori", cells=cells)
    return page


def _values(site: Site, indicator: Indicator) -> dict[str, PublishedFigure]:
    """The figures of the last closed year by territory, else those of the last closed month."""
    found = {}
    for instance in site.published.territories:
        scope = ("instance", instance)
        figure = site.year and site.published.year(scope, indicator.indicator_id, site.year)
        figure = figure or site.published.latest(scope, indicator.indicator_id)
        if figure:
            found[instance] = figure
    return found


def _by_territory(site: Site, page: Page, indicator: Indicator, name: str) -> bool:
    """Add the values by territory, in the order of their names, with the network's own where there is one."""
    messages, found = site.messages, _values(site, indicator)
    if not found:
        return False
    first = next(iter(found.values()))
    period = page.card(first)[0].period
    whole = site.published.of(
        NETWORK, indicator.indicator_id, period_type=first.period_type, period_start=first.period_start
    )
    reference = None
    if whole and whole[0].amount is not None and indicator.indicator_id in COMPARED:
        told = messages("network.reference", value=whole[0].text(indicator, messages))
        reference = (float(whole[0].amount), told)
    rows, items = [], []
    for instance, territory in site.published.territories.items():
        figure = found.get(instance)
        cell = shown_cell(figure, indicator, messages)
        rows.append([text_cell(instance), text_cell(territory.name), cell])
        value = None if figure is None or figure.amount is None else float(figure.amount)
        items.append(Dot(territory.name, value, cell.text, cell.mark or "missing"))
    title = messages("site.indicator.values", name=indicator.name(messages), period=period)
    columns = [Column("id", "id"), Column("territory", messages("column.territory"))]
    columns.append(Column(indicator.indicator_id, indicator.name(messages), True))
    table = Table(title, columns, rows, messages("table.empty"))
    shown = [item for item in items if item.value is not None]
    alternative = (
        messages("alternative.nothing", name=indicator.name(messages))
        if not shown
        else messages(
            "site.indicator.alternative",
            n=messages.count(len(items)),
            most=max(shown, key=lambda i: i.value or 0).text,
            least=min(shown, key=lambda i: i.value or 0).text,
            hidden=len([i for i in items if i.mark == "suppressed"]),
        )
    )
    page.figures += [figure for figure in found.values() if figure not in page.figures]
    drawn = dots(name, title, alternative, items, indicator.hue, site.lang, reference)
    page.picture(title, messages("site.indicator.values.under"), drawn, table, name, [indicator])
    return True


def _indicator(site: Site, indicator: Indicator) -> Page:
    messages, name = site.messages, indicator.name(site.messages)
    crumbs = (site.crumb("indicators", addresses.INDICATORS),)
    page = site.page_at(site.indicator_path(indicator.indicator_id), "indicator", title=name, crumbs=crumbs)
    page.sentence(indicator.definition(messages))
    page.facts(
        [
            (messages("made.formula"), code(indicator.formula)),
            (
                messages("site.column.unit"),
                messages.known(f"site.unit.{addresses.slug(indicator.unit)}", indicator.unit),
            ),
            (messages("made.id"), code(indicator.indicator_id)),
        ],
    )
    placed = replace(indicator, scope_type="instance")
    has_territories = _by_territory(site, page, placed, f"{addresses.slug(indicator.indicator_id)}-territori")
    if not has_territories:
        _elsewhere(site, page, indicator)
    page.section(messages("site.indicator.not"))
    kind = (
        "persons" if indicator.unit == "persons" else "euro" if indicator.unit.startswith("EUR") else "ratio"
    )
    kind = kind if messages.has(f"site.indicator.not.{kind}.1") else "ratio"
    lines = messages.lines(f"site.indicator.not.{kind}")
    # The first line about ratios compares territories.
    page.bullets(lines[1:] if kind == "ratio" and not has_territories else lines)
    return page


def _elsewhere(site: Site, page: Page, indicator: Indicator) -> None:
    """Say for what an indicator without values by territory is published, with its value of the network."""
    messages, published = site.messages, site.published
    scopes = [
        messages(f"site.indicator.scope.{kind}")
        for kind in _SCOPES
        if any(published.of(scope, indicator.indicator_id) for scope in published.figures if scope[0] == kind)
    ]
    told = (
        messages("site.indicator.scopes", scopes=", ".join(scopes))
        if scopes
        else messages("site.indicator.no_scope")
    )
    page.paragraph(messages("site.indicator.no_territory", scopes=told))
    figure = site.year and published.year(NETWORK, indicator.indicator_id, site.year)
    # What is counted up to a day is told of the last one.
    is_to_a_day = indicator.indicator_id in published.counted_to_a_day
    if is_to_a_day or not figure:
        figure = published.latest(NETWORK, indicator.indicator_id) or figure
    if not figure:
        return
    period = formatting.period(figure.period_type, figure.period_start, site.lang)
    if figure.period_type == "month" and is_to_a_day:
        period = messages("site.to_end_of", period=period)
    if figure.is_shown:
        page.sentence(
            messages("site.indicator.network", period=period, value=figure.text(indicator, messages))
        )
    else:
        why = messages(f"mark.{figure.mark}.spoken")
        page.sentence(messages("site.indicator.network_mark", period=period, why=why))
    place = f"{site.path(addresses.FIGURES)}#{figures.anchor(figure)}"
    page.paragraph(page.link(place, messages("site.how")))


def _comparison_path(site: Site, indicator: Indicator) -> str:
    return site.path(addresses.COMPARISON, addresses.slug(indicator.indicator_id))


def _comparisons(site: Site, compared: list[Indicator]) -> Page:
    page = site.page("comparison", addresses.COMPARISON)
    page.paragraphs("site.comparison.why")
    if compared:
        page.add(prose.listed(_compared_links(site, page, compared)))
    else:
        page.paragraph(site.messages("site.nothing"))
    page.limits("site.comparison")
    return page


def _comparison(site: Site, indicator: Indicator, compared: list[Indicator]) -> Page:
    messages = site.messages
    crumbs = (site.crumb("comparison", addresses.COMPARISON),)
    name = indicator.name(messages)
    page = site.page_at(_comparison_path(site, indicator), "comparison", title=name, crumbs=crumbs)
    page.has_workbook = True
    page.sentence(indicator.definition(messages))
    _by_territory(site, page, indicator, f"{addresses.slug(indicator.indicator_id)}-confronto")
    _over_years(site, page, indicator)
    _others(site, page, compared)
    page.limits("site.comparison")
    return page


def _compared_links(site: Site, page: Page, compared: list[Indicator]) -> list[Markup]:
    """Links to the pages of the comparison, but for the page itself."""
    targets = [(_comparison_path(site, i), i.name(site.messages)) for i in compared]
    targets += [
        (
            site.path(addresses.COMPARISON, address),
            site.messages(f"public_territory.{kind}", year=str(site.year)),
        )
        for kind, (table, *_, address) in _STEPS.items()
        if any(row["year"] == str(site.year) for row in site.published.rows(table))
    ]
    targets += spending.targets(site)
    return [page.link(path, title) for path, title in targets if path != page.path]


def _others(site: Site, page: Page, compared: list[Indicator]) -> None:
    links = _compared_links(site, page, compared)
    if links:
        page.section(site.messages("site.comparison.others"))
        page.add(prose.listed(links))


def _spending(site: Site, compared: list[Indicator]) -> list[Page]:
    """The page of spending per resident, with the other comparisons above its limits."""
    made = spending.pages(site)
    for page in made:
        _others(site, page, compared)
        page.limits("site.spending")
    return made


def _steps(site: Site, kind: str, compared: list[Indicator]) -> Page | None:
    """Return the page of the people who asked in the last closed year, step by step, of all territories."""
    table, column, order, address = _STEPS[kind]
    messages = site.messages
    found = [row for row in site.published.rows(table) if row["year"] == str(site.year)]
    if not found:
        return None
    title = messages(f"public_territory.{kind}", year=str(site.year))
    crumbs = (site.crumb("comparison", addresses.COMPARISON),)
    page = site.page("comparison", addresses.COMPARISON, address, title=title, crumbs=crumbs)
    page.has_workbook = True
    page.keywords = messages(f"site.comparison.{kind}.keywords")
    steps = [code for code in order if any(row[column] == code for row in found)]
    by_place = {(row["territory"], row[column]): row for row in found}
    columns = [Column("id", "id"), Column("territory", messages("column.territory"))]
    columns += [Column(code, territories.step_name(code, messages), True) for code in steps]
    rows = []
    for instance, territory in site.published.territories.items():
        places = [by_place.get((f"instance:{instance}", code)) for code in steps]
        cells = [
            row_cell(row, "persons_asking", messages) if row else marked_cell("missing", messages)
            for row in places
        ]
        rows.append([text_cell(instance), text_cell(territory.name), *cells])
    shown = Table(title, columns, rows, messages("table.empty"))
    page.table(title, messages(f"public_territory.{kind}.under"), shown, f"{address}-{site.year}")
    _others(site, page, compared)
    page.limits("site.comparison")
    return page


def _over_years(site: Site, page: Page, indicator: Indicator) -> None:
    """Add the years of every territory side by side, in the order of their names."""
    messages, years = site.messages, sorted(site.published.years)
    if len(years) < 2:
        return
    title = messages("site.comparison.years", name=indicator.name(messages))
    columns = [Column("id", "id"), Column("territory", messages("column.territory"))]
    columns += [Column(str(year), str(year), True) for year in years]
    scopes = [(("instance", t.instance_id), t.name) for t in site.published.territories.values()]
    rows = []
    for scope, name in [*scopes, (NETWORK, messages("site.whole_network"))]:
        cells = [
            shown_cell(site.published.year(scope, indicator.indicator_id, y), indicator, messages)
            for y in years
        ]
        rows.append([text_cell(scope[1]), text_cell(name), *cells])
    table = Table(title, columns, rows, messages("table.empty"))
    name = f"{addresses.slug(indicator.indicator_id)}-anni"
    page.table(title, messages("site.comparison.years.under"), table, name, [indicator])
