"""F1 Portfolio: which interventions need the foundation this week."""

from datetime import date

import streamlit as st

from dashboards import compose, data, frame, interventions
from dashboards.parts import bars, card, ledger, prose
from dashboards.view import View, choose


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, funders = view.words, {row["tax_code"]: row["name"] for row in data.funders(view.database)}
    if not funders:
        frame.heading(view, "foundation")
        frame.show(view, interventions.nothing(view, ""))
        frame.show_limits(view, "foundation")
        return
    with st.sidebar:
        funder = choose(words("filter.funder"), funders, "funder")
        years = data.periods(view.database, "funder", funder, "year") or [date(view.as_of.year, 1, 1)]
        year = date(int(choose(words("filter.year"), {str(y.year): str(y.year) for y in years}, "year")), 1, 1)
        state = choose(words("filter.state"), interventions.states(view), "state")
        grouping = choose(words("filter.group"), interventions.groupings(view), "by")
    subject = interventions.subject(view, funder, year)
    rows = data.grants(view.database, funder, view.as_of)
    chosen = interventions.in_state(rows, state)
    look = data.grants_to_look_at(view.database, funder, view.as_of, interventions.LEAST_FOLLOWUP)

    frame.heading(view, "foundation", above=funders[funder])
    frame.show(view, interventions.headline(subject, funders[funder], rows, look))
    cards = compose.year_cards(subject, ["deliberated", "disbursed"], year)
    cards += compose.stock_card(subject, "residual")
    cards += compose.year_cards(subject, ["persons_served"], year, persons_served=words("foundation.distinct"))
    frame.show(view, card.cards(cards, words))

    frame.show(view, prose.section(words("foundation.ledger"), words("foundation.ledger.under", state=interventions.states(view)[state])))
    if chosen:
        frame.show(view, ledger.ledger(words("foundation.ledger"), [interventions.ledger_row(view, r) for r in chosen], words))
    else:
        frame.show(view, interventions.nothing(view, funders[funder]))
    frame.show_twin(view, interventions.table(view, chosen), "interventi")

    frame.show(view, prose.section(words("foundation.look"), words("foundation.look.under")))
    looked = interventions.look_table(view, look)
    frame.show(view, interventions.as_html(view, looked))
    frame.show_downloads(view, looked, "da-guardare")

    frame.show(view, prose.section(words(f"foundation.by.{grouping}"), words("foundation.by.under")))
    groups = data.ledger_by(view.database, funder, view.as_of, grouping)
    frame.show(view, ledger.ledger(words(f"foundation.by.{grouping}"), [interventions.group_row(view, r, grouping) for r in groups], words))

    people = subject.held("persons_served", "attributed", "cost_per_person")
    if people and (by_area := compose.area_rows(subject, people, people[0], year)):
        frame.show(view, prose.section(words("foundation.areas"), words("areas.under", year=year.year)))
        item, columns = compose.area_columns(view, people)
        frame.show(view, bars.bars(words("foundation.areas"), item, columns, by_area, people[0].hue, words))
        table = compose.bars_table(words("foundation.areas"), item, columns, by_area, words("table.empty"))
        frame.show_downloads(view, table, "aree", *people)
    frame.show_limits(view, "foundation", interventions.missing_from(view, subject, year))


frame.staff_page("foundation", draw)
