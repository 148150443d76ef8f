"""N2 Consortia and cooperatives: how much of what is delivered goes through each consortium."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial

from core.presentation import formatting
from dashboards import layout, presenters, queries, sections, territories
from dashboards.components import card, prose
from dashboards.components.bars import Bar
from dashboards.components.table import Cell, Column
from dashboards.figures import Figure
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
    values = _values(network) if names and held else {}
    layout.show(context, prose.sentence(_headline(network, names, values)))
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
        _with_shares(network, presenters.scope_rows(context, "consortium", names, held, held[0], year)),
        held[0],
        year,
        f"rete-consorzi-{year.year}",
        *held,
    )
    largest = _largest(names, values)
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


def _values(network: Network) -> dict[str, Figure]:
    """Return the value of services of every consortium in the year, by its tax code, as the public has it."""
    found = queries.figures(
        network.context.database,
        ("spend_delivered",),
        "consortium",
        None,
        "year",
        period_start=network.year,
        protected=True,
    )
    return {figure.scope_id: figure for figure in found}


def _whole(network: Network) -> Decimal | None:
    """Return the value of services of the whole network in the year; None where it is hidden, or nothing."""
    for indicator in network.subject.held("spend_delivered"):
        figure = network.subject.figure(indicator, "year", network.year)
        if figure.is_shown and figure.numerator:
            return figure.numerator
    return None


def _largest(names: Mapping[str, str], values: Mapping[str, Figure]) -> str | None:
    shown = [code for code in names if code in values and values[code].amount is not None]
    return max(shown, key=lambda code: values[code].amount or 0, default=None)


def _headline(network: Network, names: Mapping[str, str], values: Mapping[str, Figure]) -> str:
    """Return what goes through the consortia and through the largest; nothing where no value is shown. A
    delivery stands in one consortium alone, so that their values add up."""
    messages, lang = network.context.messages, network.context.lang
    whole, largest = _whole(network), _largest(names, values)
    if whole is None or largest is None:
        return ""
    shown = [figure.numerator or Decimal(0) for figure in values.values() if figure.is_shown]
    hidden = any(figure.mark == "suppressed" for figure in values.values())
    return messages(
        "sentence.consortia.hidden" if hidden else "sentence.consortia",
        year=str(network.year.year),
        euro=formatting.euro_in_words(sum(shown, Decimal(0)), lang),
        share=formatting.share(sum(shown, Decimal(0)) / whole, lang),
        name=names[largest],
        largest=formatting.share((values[largest].numerator or Decimal(0)) / whole, lang),
    )


def _with_shares(network: Network, rows: list[Bar]) -> list[Bar]:
    whole, made = _whole(network), []
    for row in rows:
        if whole is None or row.length is None:
            share = Cell("", None)
        else:
            part = row.length / float(whole)
            share = Cell(formatting.share(part, network.context.lang), formatting.recorded(part, "ratio"))
        made.append(replace(row, cells=[*row.cells, share]))
    return made


network_page("network_consortia", body)
