"""F1 Portfolio: which interventions need the foundation this week."""

from datetime import date

import streamlit as st

from dashboards import compose, data, frame, interventions, sections
from dashboards.parts import card, ledger, plan, prose
from dashboards.reach import usual_year
from dashboards.view import View, choose, choose_year


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, known = view.words, {row["tax_code"]: row for row in data.funders(view.database)}
    funders = {code: row["name"] for code, row in known.items()}
    if not funders:
        frame.heading(view, "foundation")
        frame.show(view, interventions.nothing(view, ""))
        frame.show_limits(view, "foundation")
        return
    with st.sidebar:
        funder = choose(words("filter.funder"), funders, "funder")
        years = data.periods(view.database, "instance", None, "year") or [date(view.as_of.year, 1, 1)]
        year = choose_year(view, years, usual_year(view, years))
        state = choose(words("filter.state"), interventions.states(view), "state")
        grouping = choose(words("filter.group"), interventions.groupings(view), "by")
    subject = interventions.subject(view, known[funder])
    rows = data.grants(view.database, funder, view.as_of)
    chosen = interventions.in_state(rows, state)
    look = data.grants_to_look_at(
        view.database, funder, view.as_of, interventions.LEAST_FOLLOWUP, interventions.MOST_BEHIND
    )

    frame.heading(view, "foundation", above=funders[funder])
    frame.show(view, interventions.headline(subject, funders[funder], rows, look))
    cards = compose.year_cards(subject, ["deliberated", "disbursed"], year)
    cards += compose.stock_card(subject, "residual")
    cards += compose.year_cards(
        subject, ["persons_served"], year, persons_served=words("foundation.distinct")
    )
    frame.show(view, card.cards(cards, words))

    _plan(view, rows, f"{funder}-tempi-e-spesa-{view.as_of}")
    which = words("foundation.ledger.under", state=interventions.states(view)[state])
    frame.show(view, prose.section(words("foundation.ledger"), which))
    if chosen:
        drawn = [interventions.ledger_row(view, row) for row in chosen[: ledger.MOST]]
        frame.show(view, ledger.ledger(words("foundation.ledger"), drawn, words))
        if len(drawn) < len(chosen):
            frame.show(
                view,
                prose.caption(
                    words("ledger.first", n=words.count(len(drawn)), total=words.count(len(chosen)))
                ),
            )
    else:
        frame.show(view, interventions.nothing(view, funders[funder]))
    frame.show_twin(view, interventions.table(view, chosen), f"{funder}-interventi-{view.as_of}")

    frame.show(view, prose.section(words("foundation.look"), words("foundation.look.under")))
    looked = interventions.look_table(view, look)
    frame.show(view, interventions.as_html(view, looked))
    frame.show_downloads(view, looked, f"{funder}-da-guardare-{view.as_of}")

    frame.show(view, prose.section(words(f"foundation.by.{grouping}"), words("foundation.by.under")))
    groups = data.ledger_by(view.database, funder, view.as_of, grouping)
    by_group = [interventions.group_row(view, row, grouping) for row in groups]
    frame.show(view, ledger.ledger(words(f"foundation.by.{grouping}"), by_group, words))

    people = subject.held("persons_served", "attributed", "cost_per_person")
    sections.areas(subject, words("foundation.areas"), people, year, f"{funder}-aree")
    remarks = [*compose.year_remarks(subject, year), *compose.missing_from(subject, year)]
    frame.show_limits(view, "foundation", remarks)


def _plan(view: View, rows: list[data.Row], name: str) -> None:
    words, ordered = view.words, interventions.by_gap(rows)
    if not ordered:
        return
    frame.show(view, prose.section(words("foundation.plan"), words("foundation.plan.under")))
    drawn = [interventions.plan_row(view, row) for row in ordered[: plan.MOST]]
    frame.show(view, plan.plan(words("foundation.plan"), drawn, words))
    if len(drawn) < len(ordered):
        frame.show(
            view,
            prose.caption(words("ledger.first", n=words.count(len(drawn)), total=words.count(len(ordered)))),
        )
    frame.show_twin(view, interventions.plan_table(view, ordered), name)


frame.staff_page("foundation", draw)
