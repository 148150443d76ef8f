"""S4 Provider: who it is and what it receives. The list, and a page for each organisation; a
sole trader is a person and has none."""

from dashboards import numerals
from dashboards.parts.table import Cell, Column, Table, text_cell
from dashboards.site import addresses
from dashboards.site.cells import day_cell, figure_bar, shown_cell
from dashboards.site.page import Page
from dashboards.site.pages import interventions
from dashboards.site.site import Site


def pages(site: Site) -> list[Page]:
    """Return the list of providers, and the page of each."""
    return [_list(site), *(_provider(site, code) for code in site.providers)]


def _list(site: Site) -> Page:
    words, year = site.words, site.year
    page = site.page("providers", addresses.PROVIDERS)
    indicator = site.indicator("spend_delivered", "provider")
    if year is None or indicator is None:
        page.paragraph(words("site.nothing"))
        return page
    rows = []
    for code in site.providers:
        figure = site.published.year(("provider", code), "spend_delivered", year)
        address = page.href(site.provider_path(code))
        cell = shown_cell(figure, indicator, words)
        rows.append(figure_bar(site.name_of(code), figure, [cell], address=address))
    page.bars(
        words("site.providers.year", year=str(year)),
        words("site.providers.under"),
        Column("provider", words("site.column.provider")),
        [Column("spend_delivered", indicator.name(words), True)],
        rows,
        "euro",
        f"fornitori-{year}",
        [indicator],
        site.providers,
    )
    page.limits("site.providers")
    return page


def _provider(site: Site, code: str) -> Page:
    words, scope, name = site.words, ("provider", code), site.name_of(code)
    crumbs = (site.crumb("providers", addresses.PROVIDERS),)
    page = site.page("provider", addresses.PROVIDERS, addresses.slug(code, name), title=name, crumbs=crumbs)
    page.figures = list(site.published.figures.get(scope, ()))
    row = site.organisations[code]
    page.facts(
        [
            (words("site.column.tax_code"), code),
            (
                words("site.column.provider_kind"),
                words.known(f"site.organisation_kind.{row.get('kind')}", row.get("kind") or ""),
            ),
            (words("site.column.runts"), str(row.get("runts_number") or "")),
            (
                words("site.column.also_funder"),
                site.funder_link(page, code) if code in site.published_funders else "",
            ),
        ],
    )
    if site.year is not None:
        page.cards(page.card(site.published.year(scope, "spend_delivered", site.year)))
    interventions.by_year(site, page, scope, ("spend_delivered",), f"{code}-anni")
    led = site.interventions_of("lead_tax_code", code)
    interventions.table_of(site, page, led, words("site.provider.interventions"), f"{code}-interventi")
    _received(site, page, code)
    page.limits("site.provider")
    return page


def _received(site: Site, page: Page, code: str) -> None:
    """Add what it received from public bodies, as law 124/2017 has it told."""
    words = site.words
    found = site.published.rows_where("l124_grants", "provider_tax_code", code)
    if not found:
        return
    title = words("site.provider.received")
    columns = [
        Column("year", words("filter.year")),
        Column("payer", words("site.column.payer")),
        Column("received", words("site.column.received"), True),
        Column("last_received_on", words("site.column.last_received_on")),
    ]
    rows = []
    for row in found:
        amount = row["received_eur"]
        text = (
            words(f"mark.{row['mark']}") if amount is None else numerals.euro(amount, site.lang, cents=True)
        )
        rows.append(
            [
                Cell(str(row["year"]), str(row["year"])),
                text_cell(row["payer_name"] or row["payer_tax_code"]),
                Cell(text, amount, row["mark"]),
                day_cell(row["last_received_on"], site.lang),
            ]
        )
    page.table(title, words("site.provider.received.under"), Table(title, columns, rows, ""), f"{code}-l124")
