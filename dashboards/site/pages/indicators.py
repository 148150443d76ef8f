"""S6 Indicator and S7 Comparison: what a number measures and what not, and its values by territory, none of
them ranked."""

from dataclasses import replace

from dashboards.figures import Indicator
from dashboards.parts import prose
from dashboards.parts.table import Column, Table, text_cell
from dashboards.pictures.dots import Dot, dots
from dashboards.site import addresses
from dashboards.site.cells import marked_cell, row_cell, shown_cell
from dashboards.site.page import Page, code
from dashboards.site.pages import territories
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


def pages(site: Site) -> list[Page]:
    """Return the list of indicators with the page of each, and the comparison of those that may be."""
    known = sorted(site.published.indicators.values(), key=lambda i: i.name(site.words).casefold())
    compared = [i for i in site.indicators(*COMPARED, scope_type="instance") if _values(site, i)]
    return [
        _list(site, known),
        *(_indicator(site, each) for each in known),
        _comparisons(site, compared),
        *(_comparison(site, each, compared) for each in compared),
        *(page for kind in _STEPS if (page := _steps(site, kind, compared)) is not None),
    ]


# Of people who asked: the table, its column of steps, their order, and the address of the page.
_STEPS = {
    "waits": ("t08_persons_by_wait", "wait", territories.WAITS, "attese"),
    "results": ("t09_persons_by_result", "result", territories.RESULTS, "esiti"),
}


def _list(site: Site, known: list[Indicator]) -> Page:
    words = site.words
    page = site.page("indicators", addresses.INDICATORS)
    title = words("site.indicators.all")
    columns = [
        Column("indicator", words("filter.indicator")),
        Column("definition", words("made.definition")),
        Column("id", "id"),
    ]
    rows = [
        [text_cell(i.name(words)), text_cell(i.definition(words)), text_cell(i.indicator_id)] for i in known
    ]
    cells = [
        [
            page.link(site.indicator_path(i.indicator_id), i.name(words)),
            i.definition(words),
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
    words, found = site.words, _values(site, indicator)
    if not found:
        return False
    first = next(iter(found.values()))
    period = page.card(first)[0].period
    whole = site.published.of(
        NETWORK, indicator.indicator_id, period_type=first.period_type, period_start=first.period_start
    )
    reference = None
    if whole and whole[0].amount is not None and indicator.indicator_id in COMPARED:
        told = words("network.reference", value=whole[0].text(indicator, words))
        reference = (float(whole[0].amount), told)
    rows, items = [], []
    for instance, territory in site.published.territories.items():
        figure = found.get(instance)
        cell = shown_cell(figure, indicator, words)
        rows.append([text_cell(instance), text_cell(territory.name), cell])
        value = None if figure is None or figure.amount is None else float(figure.amount)
        items.append(Dot(territory.name, value, cell.text, cell.mark or "missing"))
    title = words("site.indicator.values", name=indicator.name(words), period=period)
    columns = [Column("id", "id"), Column("territory", words("column.territory"))]
    columns.append(Column(indicator.indicator_id, indicator.name(words), True))
    table = Table(title, columns, rows, words("table.empty"))
    shown = [item for item in items if item.value is not None]
    alternative = (
        words("alternative.nothing", name=indicator.name(words))
        if not shown
        else words(
            "site.indicator.alternative",
            n=words.count(len(items)),
            most=max(shown, key=lambda i: i.value or 0).text,
            least=min(shown, key=lambda i: i.value or 0).text,
            hidden=len([i for i in items if i.mark == "suppressed"]),
        )
    )
    page.figures += [figure for figure in found.values() if figure not in page.figures]
    drawn = dots(name, title, alternative, items, indicator.hue, site.lang, reference)
    page.picture(title, words("site.indicator.values.under"), drawn, table, name, [indicator])
    return True


def _indicator(site: Site, indicator: Indicator) -> Page:
    words, name = site.words, indicator.name(site.words)
    crumbs = (site.crumb("indicators", addresses.INDICATORS),)
    parts = site.indicator_path(indicator.indicator_id).strip("/").split("/")[1:]
    page = site.page("indicator", *parts, title=name, crumbs=crumbs)
    page.sentence(indicator.definition(words))
    page.facts(
        [
            (words("made.formula"), code(indicator.formula)),
            (words("site.column.unit"), words.known(f"site.unit.{indicator.unit}", indicator.unit)),
            (words("made.id"), code(indicator.indicator_id)),
        ],
    )
    placed = replace(indicator, scope_type="instance")
    if not _by_territory(site, page, placed, f"{addresses.slug(indicator.indicator_id)}-territori"):
        page.paragraph(words("site.indicator.no_territory"))
    page.section(words("site.indicator.not"))
    kind = (
        "persons" if indicator.unit == "persons" else "euro" if indicator.unit.startswith("EUR") else "ratio"
    )
    kind = kind if words.has(f"site.indicator.not.{kind}.1") else "ratio"
    page.bullets(words.lines(f"site.indicator.not.{kind}"))
    return page


def _comparison_path(site: Site, indicator: Indicator) -> str:
    return site.path(addresses.COMPARISON, addresses.slug(indicator.indicator_id))


def _comparisons(site: Site, compared: list[Indicator]) -> Page:
    page = site.page("comparison", addresses.COMPARISON)
    page.paragraphs("site.comparison.why")
    if compared:
        steps = [
            (address, site.words(f"public_territory.{kind}", year=str(site.year)))
            for kind, (table, *_, address) in _STEPS.items()
            if any(row["year"] == str(site.year) for row in site.published.rows(table))
        ]
        links = [page.link(_comparison_path(site, i), i.name(site.words)) for i in compared]
        links += [page.link(site.path(addresses.COMPARISON, address), title) for address, title in steps]
        page.add(prose.listed(links))
    else:
        page.paragraph(site.words("site.nothing"))
    page.limits("site.comparison")
    return page


def _comparison(site: Site, indicator: Indicator, compared: list[Indicator]) -> Page:
    words = site.words
    crumbs = (site.crumb("comparison", addresses.COMPARISON),)
    parts = _comparison_path(site, indicator).strip("/").split("/")[1:]
    page = site.page("comparison", *parts, title=indicator.name(words), crumbs=crumbs)
    page.sentence(indicator.definition(words))
    _by_territory(site, page, indicator, f"{addresses.slug(indicator.indicator_id)}-confronto")
    _over_years(site, page, indicator)
    others = [page.link(_comparison_path(site, i), i.name(words)) for i in compared if i is not indicator]
    if others:
        page.section(words("site.comparison.others"))
        page.add(prose.listed(others))
    page.limits("site.comparison")
    return page


def _steps(site: Site, kind: str, compared: list[Indicator]) -> Page | None:
    """Return the page of the people who asked in the last closed year, step by step, of all territories."""
    table, column, order, address = _STEPS[kind]
    words = site.words
    found = [row for row in site.published.rows(table) if row["year"] == str(site.year)]
    if not found:
        return None
    title = words(f"public_territory.{kind}", year=str(site.year))
    crumbs = (site.crumb("comparison", addresses.COMPARISON),)
    page = site.page("comparison", addresses.COMPARISON, address, title=title, crumbs=crumbs)
    steps = [code for code in order if any(row[column] == code for row in found)]
    by_place = {(row["territory"], row[column]): row for row in found}
    columns = [Column("id", "id"), Column("territory", words("column.territory"))]
    columns += [Column(code, territories.step_name(code, words), True) for code in steps]
    rows = []
    for instance, territory in site.published.territories.items():
        places = [by_place.get((f"instance:{instance}", code)) for code in steps]
        cells = [
            row_cell(row, "persons_asking", words) if row else marked_cell("missing", words) for row in places
        ]
        rows.append([text_cell(instance), text_cell(territory.name), *cells])
    shown = Table(title, columns, rows, words("table.empty"))
    page.table(title, words(f"public_territory.{kind}.under"), shown, f"{address}-{site.year}")
    page.section(words("site.comparison.others"))
    page.add(prose.listed([page.link(_comparison_path(site, i), i.name(words)) for i in compared]))
    page.limits("site.comparison")
    return page


def _over_years(site: Site, page: Page, indicator: Indicator) -> None:
    """Add the years of every territory side by side, in the order of their names."""
    words, years = site.words, sorted(site.published.years)
    if len(years) < 2:
        return
    title = words("site.comparison.years", name=indicator.name(words))
    columns = [Column("id", "id"), Column("territory", words("column.territory"))]
    columns += [Column(str(year), str(year), True) for year in years]
    scopes = [(("instance", t.instance_id), t.name) for t in site.published.territories.values()]
    rows = []
    for scope, name in [*scopes, (NETWORK, words("site.whole_network"))]:
        cells = [
            shown_cell(site.published.year(scope, indicator.indicator_id, y), indicator, words) for y in years
        ]
        rows.append([text_cell(scope[1]), text_cell(name), *cells])
    table = Table(title, columns, rows, words("table.empty"))
    name = f"{addresses.slug(indicator.indicator_id)}-anni"
    page.table(title, words("site.comparison.years.under"), table, name, [indicator])
