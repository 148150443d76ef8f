"""N4 Three welfares, one person: where public, philanthropic and corporate welfare meet."""

from dashboards import coded_services, comparison, layout, presenters, sections
from dashboards.components import card, prose
from dashboards.components.table import Column
from dashboards.network_pages import Network, network_page
from dashboards.page_context import choose

PILLARS = ("PUB", "PHI", "CORP", "PUB+PHI", "PUB+CORP", "PHI+CORP", "PUB+PHI+CORP")


def body(network: Network) -> list[str] | None:
    """Draw the page."""
    context, subject, year = network.context, network.subject, network.year
    messages = context.messages
    layout.show(context, prose.sentence(_sentence(network)))
    layout.show(context, card.cards(presenters.year_cards(subject, ["integrated_share"], year), messages))
    for indicator in subject.held("persons_by_pillar"):
        sections.items(
            subject,
            messages("network_integration.pillars"),
            messages("network_integration.pillars.under", year=str(year.year)),
            Column("pillars", messages("column.pillars")),
            indicator,
            year,
            {each: messages(f"pillars.{each.replace('+', '_')}") for each in PILLARS},
            "rete-tre-welfare",
        )
    own = choose(messages("filter.own"), comparison.own_choices(context), "territory")
    for indicator in subject.held("integrated_share"):
        title = messages("network_integration.territories")
        under = messages("network_integration.territories.under", year=str(year.year))
        coded_services.draw_territories(context, indicator, year, "ALL", title, under, own)
    return None


def _sentence(network: Network) -> str:
    messages, year = network.context.messages, str(network.year.year)
    for indicator in network.subject.held("integrated_share"):
        figure = network.subject.figure(indicator, "year", network.year)
        if figure.is_shown and figure.numerator is not None and figure.denominator is not None:
            counts = {"total": messages.count(figure.denominator)}
            return messages.counted("sentence.integration", figure.numerator, year=year, **counts)
        known = "suppressed" if figure.mark == "suppressed" else "missing"
        return messages(f"sentence.integration.{known}", year=year)
    return messages("sentence.integration.missing", year=year)


network_page("network_integration", body)
