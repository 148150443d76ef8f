"""S3 Intervention: what was promised and what was done. The list, and a page for each."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from dashboards import numerals
from dashboards.figures import Indicator
from dashboards.parts import prose
from dashboards.parts.card import Card
from dashboards.parts.ledger import LedgerRow, ledger
from dashboards.parts.table import Cell, Column, Table, text_cell
from dashboards.site import addresses
from dashboards.site.cells import cell_html, day_cell, euro_cell, marked_cell, row_bar, shown_cell
from dashboards.site.page import Page, Scope, day_of
from dashboards.site.published_release import PublishedFigure, Row
from dashboards.site.site import Site

# Up to the end of the last closed month, from the beginning.
TO_DATE = ("residual", "disbursement_rate", "eligible_cost_rate", "budget_reported", "time_elapsed")
BY_YEAR = ("deliberated", "disbursed", "reported", "admitted")


def pages(site: Site) -> list[Page]:
    """Return the list of interventions, and the page of each."""
    listed = site.page("interventions", addresses.INTERVENTIONS)
    table_of(site, listed, list(site.interventions), site.words("site.interventions.all"), "interventi")
    listed.limits("site.interventions")
    return [listed, *(_intervention(site, scope, row) for scope, row in site.interventions.items())]


class Amounts(NamedTuple):
    """Euro up to a day, net of savings and revocations."""

    awarded: Decimal
    disbursed: Decimal
    reported: Decimal
    admitted: Decimal


def money_to_date(site: Site, scope: Scope) -> Amounts | None:
    """Return awarded, disbursed, reported and admitted up to the end of the last closed month, as the
    cumulative rates carry them; None where any of them is not public."""
    paid, claimed = (site.published.latest(scope, i) for i in ("disbursement_rate", "eligible_cost_rate"))
    if paid is None or paid.denominator is None or paid.numerator is None or claimed is None:
        return None
    if claimed.denominator is None or claimed.numerator is None:
        # Nothing was reported yet: the rate has no denominator, and both amounts are nothing.
        nothing = Decimal(0)
        return (
            Amounts(paid.denominator, paid.numerator, nothing, nothing) if claimed.mark == "missing" else None
        )
    return Amounts(paid.denominator, paid.numerator, claimed.denominator, claimed.numerator)


def ledger_of(site: Site, page: Page, scope: Scope, title: str, name: str) -> None:
    """Add the ledger of a scope up to the last closed month, and its file."""
    amounts = money_to_date(site, scope)
    if amounts is None:
        return
    words, rate = site.words, site.published.latest(scope, "disbursement_rate")
    day = numerals.day(rate.period_end, site.lang) if rate else ""
    page.section(words("site.ledger"), words("site.ledger.under", day=day))
    page.add(ledger(title, [LedgerRow(title, "", *amounts)], words))
    columns = [
        Column("data_to", words("column.data_to")),
        *(Column(k, words(f"ledger.{k}"), True) for k in Amounts._fields),
    ]
    cells = [euro_cell(amount, site.lang) for amount in amounts]
    row = [Cell(day, rate.period_end.isoformat() if rate else ""), *cells]
    page.object(Table(f"{title}: {words('site.ledger')}", columns, [row], words("table.empty")), name)


def by_year(site: Site, page: Page, scope: Scope, ids: Sequence[str], name: str) -> None:
    """Add the euro of a scope year by year, as a table."""
    words, years = site.words, sorted(site.published.years)
    indicators = [
        i
        for i in site.indicators(*ids, scope_type=scope[0])
        if any(site.published.year(scope, i.indicator_id, year) for year in years)
    ]
    if not indicators or not years:
        return
    title = words("site.by_year")
    rows = [
        [Cell(str(year), str(year)), *(or_zero(site, scope, i, year) for i in indicators)] for year in years
    ]
    columns = [Column("year", words("filter.year"))]
    columns += [Column(i.indicator_id, i.name(words), True) for i in indicators]
    page.table(
        title,
        words("site.by_year.under") if len(indicators) > 1 else indicators[0].definition(words),
        Table(title, columns, rows, words("table.empty")),
        name,
        indicators,
    )


def or_zero(site: Site, scope: Scope, indicator: Indicator, year: int) -> Cell:
    """Return the cell of euro of a year."""
    # Public money is published whole, so that a sum without a row is a true zero.
    figure = site.published.year(scope, indicator.indicator_id, year)
    if figure is None and indicator.indicator_id in BY_YEAR:
        return euro_cell(Decimal(0), site.lang)
    return shown_cell(figure, indicator, site.words)


def table_of(site: Site, page: Page, scopes: Sequence[str], title: str, name: str) -> None:
    """Add the table of some interventions, each leading to its page; nothing without any."""
    if not scopes:
        return
    words = site.words
    columns = [
        Column("scope_id", "id"),
        Column("intervention", words("column.intervention")),
        Column("funder", words("filter.funder")),
        Column("lead", words("column.lead")),
        Column("awarded_on", words("site.column.awarded_on")),
        *(Column(kind, words(f"ledger.{kind}"), True) for kind in Amounts._fields),
    ]
    rows, cells = [], []
    for scope_id in scopes:
        row = site.interventions[scope_id]
        amounts = money_to_date(site, ("grant", scope_id))
        money = [euro_cell(amount, site.lang) for amount in amounts or ()]
        money = money or [marked_cell("missing", words)] * len(Amounts._fields)
        texts = [
            text_cell(scope_id),
            text_cell(row["title"]),
            text_cell(row.get("funder_name") or site.name_of(row.get("funder_tax_code"))),
            text_cell(row.get("lead_name") or ""),
            day_cell(row.get("awarded_on"), site.lang),
        ]
        rows.append([*texts, *money])
        cells.append(
            [
                page.link(site.intervention_path(scope_id), row["title"]),
                site.funder_link(page, row.get("funder_tax_code")),
                site.organisation_link(page, row.get("lead_tax_code"), row.get("lead_name") or ""),
                texts[4].text,
                *(cell_html(cell, words) for cell in money),
            ]
        )
    under = words("site.interventions.under", day=numerals.day(site.published.last_month_end, site.lang))
    page.table(title, under, Table(title, columns, rows, words("table.empty")), name, cells=cells)


def _intervention(site: Site, scope_id: str, row: Row) -> Page:
    words, scope = site.words, ("grant", scope_id)
    crumbs = (site.crumb("interventions", addresses.INTERVENTIONS),)
    page = site.page(
        "intervention", addresses.INTERVENTIONS, addresses.slug(scope_id), title=row["title"], crumbs=crumbs
    )
    page.id = scope_id
    page.figures = list(site.published.figures.get(scope, ()))
    amounts = money_to_date(site, scope)
    if amounts is not None:
        told = {name: site.euro(value) for name, value in amounts._asdict().items()}
        page.sentence(words("site.intervention.sentence", **told))
    page.facts(
        [
            (words("filter.funder"), site.funder_link(page, row.get("funder_tax_code"))),
            (
                words("column.lead"),
                site.organisation_link(page, row.get("lead_tax_code"), row.get("lead_name") or ""),
            ),
            (words("column.territory"), site.territory_link(page, scope_id)),
            (words("site.column.call"), site.call_link(page, row.get("call_key"))),
            ("CUP", row.get("cup") or ""),
            (words("site.column.awarded_on"), day_of(row.get("awarded_on"), site.lang)),
            (words("site.column.starts_on"), day_of(row.get("starts_on"), site.lang)),
            (words("column.ends"), day_of(row.get("ends_on"), site.lang)),
            (words("column.status"), _status(site, row)),
        ],
    )
    ledger_of(site, page, scope, row["title"], f"{addresses.slug(scope_id)}-importi")
    page.cards([card for i in TO_DATE[1:] for card in to_date(site, page, scope, i)][:4])
    by_year(site, page, scope, BY_YEAR, f"{addresses.slug(scope_id)}-anni")
    outcomes(site, page, f"grant:{scope_id}", addresses.slug(scope_id))
    page.limits("site.intervention")
    return page


def _status(site: Site, row: Row) -> str:
    """What the territory says of an intervention, and where its end has passed, that it has."""
    words, status, ends = site.words, row.get("status") or "", row.get("ends_on")
    told = words.known(f"grant.status.{status}", status)
    is_over = status == "ACTIVE" and ends is not None and ends < site.published.release.as_of
    return words("site.intervention.past_end", status=told) if is_over else told


def to_date(site: Site, page: Page, scope: Scope, indicator_id: str) -> list[Card]:
    """Return the card of a figure of the last closed month, or nothing."""
    figure: PublishedFigure | None = site.published.latest(scope, indicator_id)
    if figure is None:
        return []
    (card,) = page.card(figure)
    when = site.words("period.at", day=numerals.day(figure.period_end, site.lang))
    return [Card(card.indicator, card.figure, when, card.provenance, None, card.partial)]


def outcomes(site: Site, page: Page, award: str, name: str) -> None:
    """Add what is known of the people measured twice, by year, protected, with what a change is not."""
    words = site.words
    found = site.published.rows_where("t13_outcomes_by_funder_and_grant", "award", award)
    years = sorted({row["year"] for row in found}, reverse=True)
    if not years:
        return
    order = ("ALL", "improved", "not_improved")
    chosen = {row["outcome"]: row for row in found if row["year"] == years[0]}
    steps = [chosen[code] for code in order if code in chosen]
    rows = [row_bar(words(f"site.outcome.{row['outcome']}"), row, "outcome_pairs", words) for row in steps]
    page.bars(
        words("site.outcomes", year=years[0]),
        words("site.outcomes.under"),
        Column("outcome", words("column.result")),
        [Column("pairs", words("column.persons"), True)],
        rows,
        "people",
        f"{name}-esiti-{years[0]}",
        codes=[row["outcome"] for row in steps],
    )
    page.add(prose.caption(words("site.outcomes.change")))
