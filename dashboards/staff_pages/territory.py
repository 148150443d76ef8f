"""M1 The territory on one page: how its services are doing."""

import streamlit as st

from core.presentation import formatting
from dashboards import layout, quality_tables, sections, territories, territory_pages, waiting_times
from dashboards.components import card, prose
from dashboards.components.table import Column
from dashboards.page_context import choose
from dashboards.territory_pages import Territory


def body(territory: Territory) -> list[str]:
    """Draw the page."""
    context, subject, year = territory.context, territory.subject, territory.year
    messages = context.messages
    layout.show(context, territories.headline(subject, territory.name, year))
    made = waiting_times.told_of_waits(subject, territory_pages.cards(territory, *territories.CARDS), year)
    layout.show(context, card.cards(made, messages))

    split = subject.held("persons_served", "spend_delivered", "cost_per_person")
    with st.sidebar:
        drawn = (
            choose(messages("filter.bar"), {i.indicator_id: i.name(messages) for i in split}, "bar")
            if split
            else None
        )
    sections.areas(
        subject,
        messages("territory.areas"),
        split,
        year,
        territory.file("aree"),
        subject.indicator(drawn) if drawn else None,
    )
    people = subject.held("persons_served", "first_time_persons")
    under = messages("territory.people.under", name=territory.name)
    name = territory.file("persone")
    sections.over_time(subject, messages("territory.people"), under, people, "quarter", name)
    if subject.indicator("first_time_persons") and territory.row["first_period_from"]:
        begins = formatting.day(territory.row["first_period_from"], context.lang)
        layout.show(context, prose.caption(messages("territory.people.caveat", day=begins)))
    for indicator in subject.held("source_mix"):
        sections.items(
            subject,
            messages("territory.sources"),
            messages("territory.sources.under", name=territory.name, year=str(year.year)),
            Column("source", messages("column.source")),
            indicator,
            year,
            {source: messages(f"source.{source}") for source in territories.SOURCES},
            territory.file("di-chi-sono-i-soldi"),
            amounts=True,
        )
    scored = quality_tables.of_source(context, "instance", subject.scope_id, territory.name)
    sections.scores(context, scored, territory.file("qualita"))
    return territories.limits(subject, territory.row)


territory_pages.territory_page("territory", body)
