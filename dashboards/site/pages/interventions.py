"""S3 Intervention: what was promised and what was done. The list, and a page for each."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from core.presentation import formatting
from dashboards.components import prose
from dashboards.components.card import Card
from dashboards.components.ledger import LedgerRow, ledger
from dashboards.components.table import Cell, Column, Table, text_cell
from dashboards.figures import Indicator
from dashboards.site import addresses
from dashboards.site.cells import cell_html, day_cell, euro_cell, marked_cell, row_bar, shown_cell
from dashboards.site.page import Page, day_of
from dashboards.site.published_release import PublishedFigure, Row, Scope
from dashboards.site.site import Site

# Up to the end of the last closed month, from the beginning.
TO_DATE = ("residual", "disbursement_rate", "eligible_cost_rate", "budget_reported", "time_elapsed")
BY_YEAR = ("deliberated", "disbursed", "reported", "admitted")


def pages(site: Site) -> list[Page]:
    """Return the list of interventions, and the page of each."""
    listed = site.page("interventions", addresses.INTERVENTIONS)
    table_of(site, listed, list(site.interventions), site.messages("site.interventions.all"), "interventi")
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
    messages, rate = site.messages, site.published.latest(scope, "disbursement_rate")
    day = formatting.day(rate.period_end, site.lang) if rate else ""
    page.section(messages("site.ledger"), messages("site.ledger.under", day=day))
    page.add(ledger(title, [LedgerRow(title, "", *amounts)], messages))
    columns = [
        Column("data_to", messages("column.data_to")),
        *(Column(k, messages(f"ledger.{k}"), True) for k in Amounts._fields),
    ]
    cells = [euro_cell(amount, site.lang) for amount in amounts]
    row = [Cell(day, rate.period_end.isoformat() if rate else ""), *cells]
    page.object(Table(f"{title}: {messages('site.ledger')}", columns, [row], messages("table.empty")), name)


def by_year(site: Site, page: Page, scope: Scope, ids: Sequence[str], name: str) -> None:
    """Add the euro of a scope year by year, as a table."""
    messages, years = site.messages, sorted(site.published.years)
    indicators = [
        i
        for i in site.indicators(*ids, scope_type=scope[0])
        if any(site.published.year(scope, i.indicator_id, year) for year in years)
    ]
    if not indicators or not years:
        return
    title = messages("site.by_year")
    rows = [
        [Cell(str(year), str(year)), *(or_zero(site, scope, i, year) for i in indicators)] for year in years
    ]
    columns = [Column("year", messages("filter.year"))]
    columns += [Column(i.indicator_id, i.name(messages), True) for i in indicators]
    page.table(
        title,
        messages("site.by_year.under") if len(indicators) > 1 else indicators[0].definition(messages),
        Table(title, columns, rows, messages("table.empty")),
        name,
        indicators,
    )


def or_zero(site: Site, scope: Scope, indicator: Indicator, year: int) -> Cell:
    """Return the cell of euro of a year."""
    # Public money is published whole, so that a sum without a row is a true zero.
    figure = site.published.year(scope, indicator.indicator_id, year)
    if figure is None and indicator.indicator_id in BY_YEAR:
        return euro_cell(Decimal(0), site.lang)
    return shown_cell(figure, indicator, site.messages)


def table_of(site: Site, page: Page, scopes: Sequence[str], title: str, name: str) -> None:
    """Add the table of some interventions, each leading to its page; nothing without any."""
    if not scopes:
        return
    messages = site.messages
    columns = [
        Column("scope_id", "id"),
        Column("intervention", messages("column.intervention")),
        Column("funder", messages("filter.funder")),
        Column("lead", messages("column.lead")),
        Column("awarded_on", messages("site.column.awarded_on")),
        *(Column(kind, messages(f"ledger.{kind}"), True) for kind in Amounts._fields),
    ]
    rows, cells = [], []
    for scope_id in scopes:
        row = site.interventions[scope_id]
        amounts = money_to_date(site, ("grant", scope_id))
        money = [euro_cell(amount, site.lang) for amount in amounts or ()]
        money = money or [marked_cell("missing", messages)] * len(Amounts._fields)
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
                *(cell_html(cell, messages) for cell in money),
            ]
        )
    under = messages("site.interventions.under", day=formatting.day(site.published.last_month_end, site.lang))
    page.table(title, under, Table(title, columns, rows, messages("table.empty")), name, cells=cells)


def _intervention(site: Site, scope_id: str, row: Row) -> Page:
    messages, scope = site.messages, ("grant", scope_id)
    crumbs = (site.crumb("interventions", addresses.INTERVENTIONS),)
    page = site.page(
        "intervention", addresses.INTERVENTIONS, addresses.slug(scope_id), title=row["title"], crumbs=crumbs
    )
    page.id = scope_id
    page.figures = list(site.published.figures.get(scope, ()))
    amounts = money_to_date(site, scope)
    if amounts is not None:
        told = {name: site.euro(value) for name, value in amounts._asdict().items()}
        day = formatting.day(site.published.last_month_end, site.lang)
        page.sentence(messages("site.intervention.sentence", day=day, **told))
        if amounts.reported > amounts.awarded:
            page.paragraph(messages("site.intervention.more_reported"))
    page.facts(
        [
            (messages("filter.funder"), site.funder_link(page, row.get("funder_tax_code"))),
            (
                messages("column.lead"),
                site.organisation_link(page, row.get("lead_tax_code"), row.get("lead_name") or ""),
            ),
            (messages("column.territory"), site.territory_link(page, scope_id)),
            (messages("site.column.call"), site.call_link(page, row.get("call_key"))),
            ("CUP", row.get("cup") or ""),
            (messages("site.column.awarded_on"), day_of(row.get("awarded_on"), site.lang)),
            (messages("site.column.starts_on"), day_of(row.get("starts_on"), site.lang)),
            (messages("column.ends"), day_of(row.get("ends_on"), site.lang)),
            (messages("column.status"), _status(site, row)),
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
    messages, status, ends = site.messages, row.get("status") or "", row.get("ends_on")
    told = messages.known(f"grant.status.{status}", status)
    is_over = status == "ACTIVE" and ends is not None and ends < site.published.release.as_of
    return messages("site.intervention.past_end", status=told) if is_over else told


def to_date(site: Site, page: Page, scope: Scope, indicator_id: str) -> list[Card]:
    """Return the card of a figure of the last closed month, or nothing."""
    figure: PublishedFigure | None = site.published.latest(scope, indicator_id)
    if figure is None:
        return []
    (card,) = page.card(figure)
    when = site.messages("period.at", day=formatting.day(figure.period_end, site.lang))
    return [Card(card.indicator, card.figure, when, card.provenance, None, card.partial)]


def outcomes(site: Site, page: Page, award: str, name: str) -> None:
    """Add what is known of the people measured twice, by year, protected, with what a change is not."""
    messages = site.messages
    found = site.published.rows_where("t13_outcomes_by_funder_and_grant", "award", award)
    years = sorted({row["year"] for row in found}, reverse=True)
    if not years:
        return
    order = ("ALL", "improved", "not_improved")
    chosen = {row["outcome"]: row for row in found if row["year"] == years[0]}
    steps = [chosen[code] for code in order if code in chosen]
    rows = [
        row_bar(messages(f"site.outcome.{row['outcome']}"), row, "outcome_pairs", messages) for row in steps
    ]
    page.bars(
        messages("site.outcomes", year=years[0]),
        messages("site.outcomes.under"),
        Column("outcome", messages("column.result")),
        [Column("pairs", messages("column.persons"), True)],
        rows,
        "people",
        f"{name}-esiti-{years[0]}",
        codes=[row["outcome"] for row in steps],
    )
    page.add(prose.caption(messages("site.outcomes.change")))
