"""S2 Funder: how much it gave, to whom, and what came of it. The list, and a page for each."""

from dashboards.components.bars import Bar
from dashboards.components.table import Column
from dashboards.site import addresses
from dashboards.site.cells import shown_cell
from dashboards.site.page import Page
from dashboards.site.pages import interventions, territories
from dashboards.site.published_release import NETWORK
from dashboards.site.site import Site

MONEY = ("disbursed", "deliberated", "attributed")
CARDS = ("residual", "disbursement_rate", "eligible_cost_rate", "outcome_coverage")

# Who pays from the budget of a comune or of several.
_LOCAL_BODIES = frozenset({"MUNICIPALITY", "ATS"})


def pages(site: Site) -> list[Page]:
    """Return the list of funders, and the page of each."""
    return [_list(site), *(_funder(site, code) for code in site.funders)]


def _list(site: Site) -> Page:
    messages, year = site.messages, site.year
    page = site.page("funders", addresses.FUNDERS)
    if year is None:
        page.paragraph(messages("site.nothing"))
        return page
    indicators = site.indicators(*MONEY, scope_type="funder")
    found = []
    for code in site.funders:
        scope = ("funder", code)
        figures = [site.published.year(scope, i.indicator_id, year) for i in indicators]
        cells = [
            interventions.or_zero(site, scope, i, year)
            if i.indicator_id in MONEY[:2]
            else shown_cell(f, i, messages)
            for f, i in zip(figures, indicators, strict=True)
        ]
        first = figures[0] if figures else None
        length = float(first.amount) if first is not None and first.amount is not None else 0.0
        address = page.href(site.funder_path(code))
        found.append(
            (code, Bar(site.name_of(code), cells, length, first.mark if first else "zero", address=address))
        )
    _missing(site, page, year)
    # Alphabetical: a list of funders is no ranking.
    page.bars(
        messages("public_network.funders", year=str(year)),
        messages("site.funders.under"),
        Column("funder", messages("filter.funder")),
        [Column(i.indicator_id, i.name(messages), True) for i in indicators],
        [bar for _, bar in found],
        "euro",
        f"finanziatori-{year}",
        indicators,
        [code for code, _ in found],
    )
    page.limits("site.funders")
    return page


def _missing(site: Site, page: Page, year: int) -> None:
    """Say what services are worth in all, and who pays and is not in the list."""
    messages, whole = site.messages, site.published.year(NETWORK, "spend_delivered", year)
    if whole is not None and whole.amount is not None:
        page.sentence(messages("site.funders.whole", year=str(year), euro=site.euro(whole.amount)))
    kinds = {site.organisations.get(code, {}).get("kind") for code in site.funders}
    page.paragraph(messages("site.funders.not_here"))
    if not kinds & _LOCAL_BODIES:
        page.paragraph(messages("site.funders.no_comune"))


def _funder(site: Site, code: str) -> Page:
    messages, scope, name = site.messages, ("funder", code), site.name_of(code)
    crumbs = (site.crumb("funders", addresses.FUNDERS),)
    page = site.page("funder", addresses.FUNDERS, addresses.slug(code, name), title=name, crumbs=crumbs)
    page.figures = list(site.published.figures.get(scope, ()))
    page.has_workbook = True
    page.feed = f"feed/finanziatori/{code}.{site.lang}.xml"
    amounts = interventions.money_to_date(site, scope)
    residual = site.published.latest(scope, "residual")
    if amounts is not None and residual is not None and residual.amount is not None:
        page.sentence(
            messages(
                "sentence.funder",
                name=name,
                awarded=site.euro(amounts.awarded),
                disbursed=site.euro(amounts.disbursed),
                remaining=site.euro(residual.amount),
            )
        )
    page.facts([(messages("site.column.tax_code"), code)])
    interventions.ledger_of(site, page, scope, name, f"{code}-importi")
    page.cards([card for i in CARDS for card in interventions.to_date(site, page, scope, i)])
    interventions.by_year(site, page, scope, (*interventions.BY_YEAR, "attributed"), f"{code}-anni")
    own = site.interventions_of("funder_tax_code", code)
    interventions.table_of(site, page, own, messages("site.funder.interventions"), f"{code}-interventi")
    if site.year is not None:
        territories.areas(site, page, scope, site.year, f"{code}-aree-{site.year}")
    interventions.outcomes(site, page, f"funder:{code}", code)
    page.limits("site.funder")
    return page
