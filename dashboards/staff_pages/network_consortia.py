"""N2 Consortia and cooperatives: how much of what is delivered goes through each consortium."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from core.presentation import formatting
from dashboards import layout, presenters, queries, sections, territories
from dashboards.components import card, prose
from dashboards.components.bars import Bar
from dashboards.components.table import Cell, Column
from dashboards.figures import Indicator
from dashboards.network_pages import Network, network_page
from dashboards.page_context import choose
from dashboards.presenters import Subject

CARDS = ("spend_delivered", "persons_served", "deliveries")
BARS = ("spend_delivered", "persons_served", "deliveries")


def body(network: Network) -> list[str] | None:
    """Draw the page."""
    context, year = network.context, network.year
    messages = context.messages
    names = queries.consortia(context.database)
    held = network.subject.held(*BARS)
    shares = queries.consortium_shares(context.database, year) if names and held else []
    shares = [row for row in shares if row["scope_id"] in names]
    layout.show(context, prose.sentence(_headline(network, names, shares)))
    cards = presenters.year_cards(network.subject, CARDS, year)
    layout.show(context, card.cards(cards, messages))
    if not names or not held:
        layout.show(context, prose.caption(messages("network_consortia.none")))
        return None
    columns = [Column(i.indicator_id, i.name(messages), True) for i in held]
    sections.subjects(
        context,
        messages("network_consortia.bars"),
        messages("network_consortia.bars.under", year=str(year.year)),
        Column("consortium", messages("column.consortium")),
        [*columns, Column("share", messages("network_consortia.share"), True)],
        _with_shares(network, names, held, shares),
        held[0],
        year,
        f"rete-consorzi-{year.year}",
        *held,
    )
    largest = next((row["scope_id"] for row in shares if row["value"] is not None), None)
    chosen = choose(messages("filter.consortium"), names, "consortium", largest, width="stretch")
    members = queries.consortium_members(context.database, chosen)
    sections.subjects(
        context,
        messages("network_consortia.members", name=names[chosen]),
        messages("network_consortia.members.under", year=str(year.year)),
        Column("provider", messages("column.provider")),
        columns,
        presenters.scope_rows(context, "provider", members, held, held[0], year),
        held[0],
        year,
        f"consorzio-{chosen}-{year.year}",
        *held,
    )
    protected = partial(queries.figures, protected=True)
    subject = Subject(context, protected, "consortium", chosen, "network")
    for indicator in subject.held("source_mix"):
        sections.items(
            subject,
            messages("network_consortia.sources", name=names[chosen]),
            messages("network_consortia.sources.under", year=str(year.year)),
            Column("source", messages("column.source")),
            indicator,
            year,
            {source: messages(f"source.{source}") for source in territories.SOURCES},
            f"consorzio-{chosen}-di-chi-sono-i-soldi",
            amounts=True,
        )
    return None


def _headline(network: Network, names: Mapping[str, str], shares: Sequence[queries.Row]) -> str:
    """Return what goes through the consortia and through the largest; nothing where no value is shown."""
    messages, lang = network.context.messages, network.context.lang
    if not shares or shares[0]["share"] is None:
        return ""
    largest, hidden = shares[0], any(row["mark"] == "suppressed" for row in shares)
    return messages(
        "sentence.consortia.hidden" if hidden else "sentence.consortia",
        year=str(network.year.year),
        euro=formatting.euro_in_words(largest["through"], lang),
        share=formatting.share(largest["through_share"], lang),
        name=names[largest["scope_id"]],
        largest=formatting.share(largest["share"], lang),
    )


def _with_shares(
    network: Network, names: Mapping[str, str], held: Sequence[Indicator], shares: Sequence[queries.Row]
) -> list[Bar]:
    """Return one bar per consortium, with its share of the network's value beside its figures."""
    context = network.context
    parts = {names[row["scope_id"]]: row["share"] for row in shares}
    made = []
    for row in presenters.scope_rows(context, "consortium", names, held, held[0], network.year):
        part = parts.get(row.label)
        told = "" if part is None else formatting.share(part, context.lang)
        raw = None if part is None else formatting.recorded(part, "ratio")
        made.append(replace(row, cells=[*row.cells, Cell(told, raw)]))
    return made


network_page("network_consortia", body)
