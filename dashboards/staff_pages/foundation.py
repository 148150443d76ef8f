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
        year = date(
            int(choose(words("filter.year"), {str(y.year): str(y.year) for y in years}, "year")), 1, 1
        )
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
    cards += compose.year_cards(
        subject, ["persons_served"], year, persons_served=words("foundation.distinct")
    )
    frame.show(view, card.cards(cards, words))

    which = words("foundation.ledger.under", state=interventions.states(view)[state])
    frame.show(view, prose.section(words("foundation.ledger"), which))
    if chosen:
        drawn = [interventions.ledger_row(view, row) for row in chosen[: ledger.MOST]]
        frame.show(view, ledger.ledger(words("foundation.ledger"), drawn, words))
        if len(drawn) < len(chosen):
            frame.show(view, prose.caption(words("ledger.first", n=len(drawn), total=len(chosen))))
    else:
        frame.show(view, interventions.nothing(view, funders[funder]))
    frame.show_twin(view, interventions.table(view, chosen), "interventi")

    frame.show(view, prose.section(words("foundation.look"), words("foundation.look.under")))
    looked = interventions.look_table(view, look)
    frame.show(view, interventions.as_html(view, looked))
    frame.show_downloads(view, looked, "da-guardare")

    frame.show(view, prose.section(words(f"foundation.by.{grouping}"), words("foundation.by.under")))
    groups = data.ledger_by(view.database, funder, view.as_of, grouping)
    by_group = [interventions.group_row(view, row, grouping) for row in groups]
    frame.show(view, ledger.ledger(words(f"foundation.by.{grouping}"), by_group, words))

    people = compose.with_areas(
        subject, subject.held("persons_served", "attributed", "cost_per_person"), year
    )
    if people and (by_area := compose.area_rows(subject, people, people[0], year)):
        frame.show(view, prose.section(words("foundation.areas"), words("areas.under", year=year.year)))
        item, columns = compose.area_columns(view, people)
        frame.show(view, bars.bars(words("foundation.areas"), item, columns, by_area, people[0].hue, words))
        frame.show(view, prose.caption(words("bars.tick.year", year=year.year - 1)))
        table = compose.bars_table(words("foundation.areas"), item, columns, by_area, words("table.empty"))
        frame.show_downloads(view, table, "aree", *people)
    frame.show_limits(view, "foundation", interventions.missing_from(view, subject, year))


frame.staff_page("foundation", draw)
