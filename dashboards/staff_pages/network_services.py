"""N5 Services and prices: what the same service costs, and how much of it a person gets."""

from dashboards import coded_services, comparison, layout, presenters, queries
from dashboards.components import card, prose
from dashboards.network_pages import Network, network_page
from dashboards.page_context import choose


def body(network: Network) -> list[str] | None:
    """Draw the page."""
    context, subject, year = network.context, network.subject, network.year
    messages = context.messages
    layout.show(context, card.cards(presenters.year_cards(subject, ["code_coverage"], year), messages))
    told = {i.indicator_id: set(subject.items(i, year)) for i in subject.held("unit_cost_std", "intensity")}
    items = set().union(*told.values())
    services = {
        row["item"]: coded_services.name(row, messages)
        for row in queries.coded_services(context.database, None)
        if row["item"] in items
    }
    if not services:
        layout.show(context, prose.caption(messages("network_services.none")))
        return None
    item = choose(messages("filter.service"), services, "service", width="stretch")
    layout.show(context, prose.sentence(coded_services.range_of_prices(subject, item, services[item], year)))
    own = choose(messages("filter.own"), comparison.own_choices(context), "territory")
    under = messages("network_services.under", service=services[item], year=str(year.year))
    for indicator in subject.held(*told):
        title = messages(f"network_services.{indicator.indicator_id}")
        coded_services.draw_territories(context, indicator, year, item, title, under, own)
    return None


network_page("network_services", body)
