"""F3 People and outcomes: whom a funder reached, and what is really known of the outcomes."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboards import interventions, layout, measurements, outcomes, presenters, queries, sections
from dashboards.components import bars, card, prose
from dashboards.page_context import PageContext, choose, choose_subject
from dashboards.pictures.intervals import intervals
from dashboards.presenters import Subject


def draw(context: PageContext) -> None:
    """Draw the page."""
    messages, known = context.messages, {row["tax_code"]: row for row in queries.funders(context.database)}
    if not known:
        layout.heading(context, "foundation_outcomes")
        layout.show(context, measurements.nothing(context))
        layout.show_limits(context, "foundation_outcomes")
        return
    with st.sidebar:
        names = {code: row["name"] for code, row in known.items()}
        funder = choose_subject(messages("filter.funder"), names, "funder")
        year = layout.choose_year_of(context, "instance")
    subject = interventions.subject(context, known[funder])
    states = queries.measured_grants(context.database, funder, context.as_of, year)

    layout.heading(context, "foundation_outcomes", above=names[funder])
    layout.show(context, measurements.headline(subject, states, year))
    chosen = ["persons_served", "followup_rate", "outcome_improved"]
    cards = presenters.year_cards(subject, chosen, year)
    cards += presenters.stock_card(subject, "outcome_coverage")
    layout.show(context, card.cards(cards, messages))

    people = subject.held("persons_served", "attributed", "cost_per_person")
    sections.areas(subject, messages("foundation.areas"), people, year, f"{funder}-persone-per-area")
    _measured(context, states, funder, year)
    _changes(context, subject, year, f"{funder}-esiti")
    remarks = [*presenters.year_remarks(subject, year), *presenters.missing_from(subject, year)]
    layout.show_limits(context, "foundation_outcomes", remarks)


def _measured(context: PageContext, states: Sequence[queries.Row], funder: str, year: date) -> None:
    messages = context.messages
    title = messages("foundation_outcomes.states", year=str(year.year))
    layout.show(context, prose.section(title, messages("foundation_outcomes.states.under")))
    item, columns = measurements.state_columns(context)
    summed = queries.measured_by_state(context.database, funder, context.as_of, year)
    rows = measurements.state_rows(context, summed)
    layout.show(context, bars.bars(title, item, columns, rows, "euro", messages))
    layout.show_twin(
        context, measurements.states_table(context, title, states), f"{funder}-misurazioni-{year.year}"
    )


def _changes(context: PageContext, subject: Subject, year: date, name: str) -> None:
    messages, held = context.messages, subject.held("outcome_change")
    found = queries.outcome_changes(context.database, year, funder=subject.scope_id) if held else []
    if not found:
        title = messages("foundation_outcomes.changes.none")
        layout.show(context, prose.section(title, messages("outcome.none")))
        return
    _chosen_scale(context, found, year, name)
    layout.show(context, prose.caption(messages("outcome.no_cause")))


def _chosen_scale(context: PageContext, found: list[queries.Row], year: date, name: str) -> None:
    messages, indicator = context.messages, context.indicators["outcome_change"]
    scale = choose(messages("filter.scale"), measurements.scales(found), "scale")
    chosen = [row for row in found if row["code"] == scale]
    title = messages(
        "foundation_outcomes.changes", scale=measurements.scales(found)[scale], year=str(year.year)
    )
    layout.show(context, prose.section(title, messages("foundation_outcomes.changes.under")))
    shown = [row for row in chosen if row["figure"].is_shown]
    hidden = messages.count(len(chosen) - len(shown))
    # So many panes would hide what can be seen: the table has them all.
    drawn = outcomes.changes(context, shown or chosen[:1], indicator, by_scale=False)
    said = outcomes.alternative(context, drawn, indicator.name(messages))
    picture = intervals("outcomes", title, said, drawn, "people", context.lang)
    table = outcomes.table(context, title, chosen, indicator, linked=True)
    layout.show_svg(context, picture, table, f"{name}-{scale.lower()}-{year.year}", indicator)
    if len(shown) < len(chosen):
        layout.show(context, prose.caption(messages("foundation_outcomes.hidden", n=hidden)))


layout.staff_page("foundation_outcomes", draw)
