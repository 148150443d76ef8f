"""N3 Corporate welfare: whether the credit is used, and stays in the territory."""

from core.presentation import formatting
from dashboards import layout, presenters, queries, sections
from dashboards.components import card, prose
from dashboards.components.table import Cell, Column, Table, text_cell
from dashboards.figures import last_day
from dashboards.network_pages import Network, network_page
from dashboards.page_context import PageContext, choose
from dashboards.pictures.parts import Whole, parts

CARDS = ("corporate_credit", "corporate_use_rate", "corporate_active_share", "corporate_social_share")
# What the credit is made of, in the order of the bar.
PARTS = ("social", "elsewhere", "expired", "remaining")
SOURCES = ("ALL", "COMPANY", "CCNL", "BILATERAL", "PUBLIC")
# More plans than these are no picture: the rest stands in the table.
MOST = 12


def body(network: Network) -> list[str] | None:
    """Draw the page."""
    context, year = network.context, network.year
    messages = context.messages
    layout.show(context, prose.sentence(_headline(network)))
    layout.show(context, card.cards(presenters.year_cards(network.subject, CARDS, year), messages))
    options = {source: messages(f"plan_source.{source}") for source in SOURCES}
    source = choose(messages("filter.plan_source"), options, "plans")
    found = [row for row in queries.corporate_plans(context.database) if source in ("ALL", row["source"])]
    _ledger(context, found, source)
    used = network.subject.held("corporate_use_rate")
    under = messages("network_corporate.months.under")
    sections.over_time(
        network.subject, messages("network_corporate.months"), under, used, "month", "rete-credito-usato"
    )
    return None


def _headline(network: Network) -> str:
    """Return how much of the credit is spent by the end of the year, which part of what was spent in it
    went to the social economy, and what lapsed in it; only what is shown, and nothing without the first."""
    context, subject, year = network.context, network.subject, network.year
    messages = context.messages
    shown = {
        indicator.indicator_id: figure.text(indicator, messages)
        for indicator in subject.held("corporate_use_rate", "corporate_social_share", "corporate_expired")
        if (figure := subject.figure(indicator, "year", year)).amount is not None
    }
    if "corporate_use_rate" not in shown:
        return ""
    end = min(last_day("year", year), context.as_of)
    values = {"day": formatting.day(end, context.lang), "year": str(year.year), **shown}
    return " ".join(messages(f"sentence.{name}", **values) for name in shown)


def _ledger(context: PageContext, found: list[queries.Row], source: str) -> None:
    messages, lang = context.messages, context.lang
    title = messages("network_corporate.ledger")
    layout.show(
        context,
        prose.section(title, messages("network_corporate.ledger.under", day=presenters.known_day(context))),
    )
    table = _table(context, title, found)
    name = f"rete-piani-{source.lower()}-{context.as_of}"
    if not found:
        layout.show(context, prose.caption(messages("network_corporate.none")))
        layout.show_downloads(context, table, name)
        return
    rows = []
    for row in found[:MOST]:
        if row["is_hidden"]:
            hidden = messages("mark.suppressed")
            rows.append(Whole(_named(row, context), hidden, [], "", "suppressed"))
            continue
        told = " · ".join(
            f"{messages(f'plan.{part}')} {formatting.euro(row[part], lang, cents=True)}" for part in PARTS
        )
        credit = messages("plan.credit", euro=formatting.euro(row["credit"], lang, cents=True))
        rows.append(Whole(_named(row, context), credit, [float(row[part]) for part in PARTS], told))
    said = "; ".join(f"{row.name}: {row.text}" for row in rows) + "."
    key = [messages(f"plan.{part}") for part in PARTS]
    picture = parts("plans", title, said, rows, key, "euro")
    if len(rows) < len(found):
        counts = {"n": messages.count(len(rows)), "total": messages.count(len(found))}
        layout.show(context, prose.caption(messages("ledger.first", **counts)))
    layout.show_svg(context, picture, table, name)


def _named(row: queries.Row, context: PageContext) -> str:
    place = row["plan_key"].split(":")[0]
    known = {each["instance_id"]: each["name"] for each in queries.territories(context.database)}
    return f"{row['name']}, {known.get(place, place)}"


def _table(context: PageContext, title: str, found: list[queries.Row]) -> Table:
    messages, lang = context.messages, context.lang
    columns = [
        Column("plan", messages("column.plan")),
        Column("source", messages("column.plan_source")),
        Column("population", messages("column.population"), True),
        Column("credit", messages("column.credit"), True),
        *(Column(part, messages(f"plan.{part}"), True) for part in PARTS),
    ]
    rows = [
        [
            text_cell(_named(row, context)),
            Cell(messages(f"plan_source.{row['source']}"), row["source"]),
            Cell(formatting.number(row["population"] or 0, lang), row["population"]),
            *(
                Cell(messages("mark.suppressed"), None, "suppressed")
                if row["is_hidden"]
                else Cell(formatting.euro(row[part], lang, cents=True), row[part], "value")
                for part in ("credit", *PARTS)
            ),
        ]
        for row in found
    ]
    return Table(title, columns, rows, messages("network_corporate.none"))


network_page("network_corporate", body)
