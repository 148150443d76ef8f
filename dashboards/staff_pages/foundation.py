"""F1 Portfolio: which interventions need the foundation this week."""

import streamlit as st

from dashboards import interventions, layout, presenters, queries, sections, triage
from dashboards.components import card, ledger, plan, prose
from dashboards.components.table import table_html
from dashboards.page_context import PageContext, choose, choose_subject


def draw(context: PageContext) -> None:
    """Draw the page."""
    messages, known = context.messages, {row["tax_code"]: row for row in queries.funders(context.database)}
    funders = {code: row["name"] for code, row in known.items()}
    if not funders:
        layout.heading(context, "foundation")
        layout.show(context, interventions.nothing(context, ""))
        layout.show_limits(context, "foundation")
        return
    with st.sidebar:
        funder = choose_subject(messages("filter.funder"), funders, "funder")
        year = layout.choose_year_of(context, "instance")
        state = choose(messages("filter.state"), interventions.states(context), "state")
        grouping = choose(messages("filter.group"), interventions.groupings(context), "by")
    subject = interventions.subject(context, known[funder])
    rows = queries.grants(context.database, funder, context.as_of)
    look = triage.rows(context, funder)

    layout.heading(context, "foundation", above=funders[funder])
    layout.show(context, interventions.headline(subject, funders[funder], rows, look))
    cards = presenters.year_cards(subject, ["deliberated", "disbursed"], year)
    cards += presenters.stock_card(subject, "residual")
    cards += presenters.year_cards(
        subject, ["persons_served"], year, persons_served=messages("foundation.distinct")
    )
    layout.show(context, card.cards(cards, messages))

    looked = triage.table(context, look)
    layout.show(context, triage.heading(context, look), table_html(looked, messages, titled=True))
    layout.show(context, triage.left_alone(context, funder))
    layout.show_downloads(context, looked, f"{funder}-da-guardare-{context.as_of}")

    _plan(context, rows, f"{funder}-tempi-e-spesa-{context.as_of}")

    chosen = interventions.in_state(rows, state)
    which = messages("foundation.list.under", state=interventions.states(context)[state])
    layout.show(context, prose.section(messages("foundation.list"), which))
    table, name = interventions.table(context, chosen), f"{funder}-interventi-{context.as_of}"
    if chosen:
        layout.show_list(context, table, name, "foundation_grant", [row["grant_key"] for row in chosen])
    else:
        layout.show(context, interventions.nothing(context, funders[funder]))
    layout.show_twin(context, table, name)

    layout.show(
        context, prose.section(messages(f"foundation.by.{grouping}"), messages("foundation.by.under"))
    )
    groups = queries.ledger_by(context.database, funder, context.as_of, grouping)
    by_group = [interventions.group_row(context, row, grouping) for row in groups[: ledger.MOST]]
    layout.show(context, ledger.ledger(messages(f"foundation.by.{grouping}"), by_group, messages))
    _say_first(context, len(by_group), len(groups))
    summed = interventions.group_table(context, groups, grouping)
    layout.show_twin(context, summed, f"{funder}-somme-{context.as_of}")

    people = subject.held("persons_served", "attributed", "cost_per_person")
    sections.areas(subject, messages("foundation.areas"), people, year, f"{funder}-aree")
    remarks = [*presenters.year_remarks(subject, year), *presenters.missing_from(subject, year)]
    layout.show_limits(context, "foundation", remarks)


def _plan(context: PageContext, rows: list[queries.Row], name: str) -> None:
    messages, ordered = context.messages, interventions.by_gap(rows)
    if not ordered:
        return
    layout.show(context, prose.section(messages("foundation.plan"), messages("foundation.plan.under")))
    drawn = [interventions.plan_row(context, row) for row in ordered[: plan.MOST]]
    layout.show(context, plan.plan(messages("foundation.plan"), drawn, messages))
    _say_first(context, len(drawn), len(ordered))
    layout.show_twin(context, interventions.plan_table(context, ordered), name)


def _say_first(context: PageContext, drawn: int, total: int) -> None:
    messages = context.messages
    if drawn < total:
        counts = {"n": messages.count(drawn), "total": messages.count(total)}
        layout.show(context, prose.caption(messages("ledger.first", **counts)))


layout.staff_page("foundation", draw)
