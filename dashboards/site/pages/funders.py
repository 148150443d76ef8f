"""S2 Funder: how much it gave, to whom, and what came of it. The list, and a page for each."""

from dashboards.parts.bars import Bar
from dashboards.parts.table import Column
from dashboards.site import addresses
from dashboards.site.cells import shown_cell
from dashboards.site.page import Page
from dashboards.site.pages import interventions, territories
from dashboards.site.site import Site

MONEY = ("disbursed", "deliberated", "attributed")
CARDS = ("residual", "disbursement_rate", "eligible_cost_rate", "outcome_coverage")


def pages(site: Site) -> list[Page]:
    """Return the list of funders, and the page of each."""
    return [_list(site), *(_funder(site, code) for code in site.funders)]


def _list(site: Site) -> Page:
    words, year = site.words, site.year
    page = site.page("funders", addresses.FUNDERS)
    if year is None:
        page.paragraph(words("site.nothing"))
        return page
    indicators = site.indicators(*MONEY, scope_type="funder")
    found = []
    for code in site.funders:
        scope = ("funder", code)
        figures = [site.published.year(scope, i.indicator_id, year) for i in indicators]
        cells = [
            interventions.or_zero(site, scope, i, year)
            if i.indicator_id in MONEY[:2]
            else shown_cell(f, i, words)
            for f, i in zip(figures, indicators, strict=True)
        ]
        first = figures[0] if figures else None
        length = float(first.amount) if first is not None and first.amount is not None else 0.0
        address = page.href(site.funder_path(code))
        found.append(
            (code, Bar(site.name_of(code), cells, length, first.mark if first else "zero", address=address))
        )
    # Alphabetical: a list of funders is no ranking.
    page.bars(
        words("public_network.funders", year=str(year)),
        words("site.funders.under"),
        Column("funder", words("filter.funder")),
        [Column(i.indicator_id, i.name(words), True) for i in indicators],
        [bar for _, bar in found],
        "euro",
        f"finanziatori-{year}",
        indicators,
        [code for code, _ in found],
    )
    page.limits("site.funders")
    return page


def _funder(site: Site, code: str) -> Page:
    words, scope, name = site.words, ("funder", code), site.name_of(code)
    crumbs = (site.crumb("funders", addresses.FUNDERS),)
    page = site.page("funder", addresses.FUNDERS, addresses.slug(code, name), title=name, crumbs=crumbs)
    page.figures = list(site.published.figures.get(scope, ()))
    page.feed = f"feed/finanziatori/{code}.{site.lang}.xml"
    amounts = interventions.money_to_date(site, scope)
    residual = site.published.latest(scope, "residual")
    if amounts is not None and residual is not None and residual.amount is not None:
        page.sentence(
            words(
                "sentence.funder",
                name=name,
                awarded=site.euro(amounts.awarded),
                disbursed=site.euro(amounts.disbursed),
                remaining=site.euro(residual.amount),
            )
        )
    page.facts([(words("site.column.tax_code"), code)])
    interventions.ledger_of(site, page, scope, name, f"{code}-importi")
    page.cards([card for i in CARDS for card in interventions.to_date(site, page, scope, i)])
    interventions.by_year(site, page, scope, (*interventions.BY_YEAR, "attributed"), f"{code}-anni")
    own = site.interventions_of("funder_tax_code", code)
    interventions.table_of(site, page, own, words("site.funder.interventions"), f"{code}-interventi")
    if site.year is not None:
        territories.areas(site, page, scope, site.year, f"{code}-aree-{site.year}")
    interventions.outcomes(site, page, f"funder:{code}", code)
    page.limits("site.funder")
    return page
