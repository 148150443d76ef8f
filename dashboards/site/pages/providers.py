"""S4 Provider: who it is and what it receives. The list, and a page for each organisation; a
sole trader is a person and has none."""

from core.presentation import formatting
from dashboards.components.bars import Bar
from dashboards.components.table import Cell, Column, Table, text_cell
from dashboards.i18n import Messages
from dashboards.site import addresses
from dashboards.site.cells import day_cell, figure_bar, row_bar, shown_cell
from dashboards.site.page import Page
from dashboards.site.pages import interventions
from dashboards.site.published_release import Row
from dashboards.site.site import Site

_KINDS = "t11_spending_by_kind_of_provider"
KINDS = ("cooperative", "other_ets", "public", "other")
THIRD_SECTOR = KINDS[:2]


def pages(site: Site) -> list[Page]:
    """Return the list of providers, and the page of each."""
    return [_list(site), *(_provider(site, code) for code in site.providers)]


def _list(site: Site) -> Page:
    messages, year = site.messages, site.year
    page = site.page("providers", addresses.PROVIDERS)
    indicator = site.indicator("spend_delivered", "provider")
    if year is None or indicator is None:
        page.paragraph(messages("site.nothing"))
        return page
    rows = []
    for code in site.providers:
        figure = site.published.year(("provider", code), "spend_delivered", year)
        address = page.href(site.provider_path(code))
        cell = shown_cell(figure, indicator, messages)
        rows.append(figure_bar(site.name_of(code), figure, [cell], address=address))
    page.bars(
        messages("site.providers.year", year=str(year)),
        messages("site.providers.under"),
        Column("provider", messages("site.column.provider")),
        [Column("spend_delivered", indicator.name(messages), True)],
        rows,
        "euro",
        f"fornitori-{year}",
        [indicator],
        site.providers,
    )
    _third_sector(site, page, year)
    page.limits("site.providers")
    return page


def kinds_of(site: Site, territory: str, year: int) -> list[Row]:
    """Return the rows of services by kind of provider, all others last."""
    rows = site.published.rows_where(_KINDS, "territory", territory)
    order = {kind: n for n, kind in enumerate(KINDS)}
    return sorted(
        (row for row in rows if row["year"] == str(year)), key=lambda row: order.get(row["kind"], len(KINDS))
    )


def kind_bar(row: Row, messages: Messages) -> Bar:
    """Return the bar of a kind of provider."""
    label = messages.known(f"site.provider_kind.{row['kind']}", row["kind"])
    return row_bar(label, row, "spend_delivered", messages)


def _third_sector(site: Site, page: Page, year: int) -> None:
    """Add services by kind of provider in the whole network, with the share of the third sector where all
    kinds are printed."""
    messages, found = site.messages, kinds_of(site, "network", year)
    page.bars(
        messages("site.providers.kinds", year=str(year)),
        messages("site.territory.kinds.under"),
        Column("kind", messages("site.column.provider_kind")),
        [Column("spend_delivered", messages("site.column.spend"), True)],
        [kind_bar(row, messages) for row in found],
        "euro",
        f"fornitori-per-tipo-{year}",
        codes=[row["kind"] for row in found],
    )
    amounts = {row["kind"]: row["spend_delivered"] for row in found}
    if {*KINDS} != {*amounts} or None in amounts.values():
        return
    whole, part = sum(amounts.values()), sum(amounts[kind] for kind in THIRD_SECTOR)
    if whole > 0:
        told = {"part": site.euro(part), "whole": site.euro(whole), "year": str(year)}
        share = formatting.share(part / whole, site.lang)
        page.sentence(messages("site.providers.third_sector", share=share, **told))


def _provider(site: Site, code: str) -> Page:
    messages, scope, name = site.messages, ("provider", code), site.name_of(code)
    crumbs = (site.crumb("providers", addresses.PROVIDERS),)
    page = site.page("provider", addresses.PROVIDERS, addresses.slug(code, name), title=name, crumbs=crumbs)
    page.figures = list(site.published.figures.get(scope, ()))
    row = site.organisations[code]
    page.facts(
        [
            (messages("site.column.tax_code"), code),
            (
                messages("site.column.provider_kind"),
                messages.known(f"site.organisation_kind.{row.get('kind')}", row.get("kind") or ""),
            ),
            (messages("site.column.runts"), str(row.get("runts_number") or "")),
            (
                messages("site.column.also_funder"),
                site.funder_link(page, code) if code in site.published_funders else "",
            ),
        ],
    )
    if site.year is not None:
        page.cards(page.card(site.published.year(scope, "spend_delivered", site.year)))
    interventions.by_year(site, page, scope, ("spend_delivered",), f"{code}-anni")
    led = site.interventions_of("lead_tax_code", code)
    interventions.table_of(site, page, led, messages("site.provider.interventions"), f"{code}-interventi")
    _received(site, page, code)
    page.limits("site.provider")
    return page


def _received(site: Site, page: Page, code: str) -> None:
    """Add what it received from public bodies, as law 124/2017 has it told."""
    messages = site.messages
    found = site.published.rows_where("l124_grants", "provider_tax_code", code)
    if not found:
        return
    title = messages("site.provider.received")
    columns = [
        Column("year", messages("filter.year")),
        Column("payer", messages("site.column.payer")),
        Column("received", messages("site.column.received"), True),
        Column("last_received_on", messages("site.column.last_received_on")),
    ]
    rows = []
    for row in found:
        amount = row["received_eur"]
        text = (
            messages(f"mark.{row['mark']}")
            if amount is None
            else formatting.euro(amount, site.lang, cents=True)
        )
        rows.append(
            [
                Cell(str(row["year"]), str(row["year"])),
                text_cell(row["payer_name"] or row["payer_tax_code"]),
                Cell(text, amount, row["mark"]),
                day_cell(row["last_received_on"], site.lang),
            ]
        )
    page.table(
        title, messages("site.provider.received.under"), Table(title, columns, rows, ""), f"{code}-l124"
    )
