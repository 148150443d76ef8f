"""M1 The territory on one page: how its services are doing."""

from datetime import date

import streamlit as st

from dashboards import compose, data, frame, numerals, sections, territories
from dashboards.parts import card, prose
from dashboards.reach import usual_year
from dashboards.view import View, choose, choose_year


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, known = view.words, {row["instance_id"]: row for row in data.instances(view.database)}
    if not known:
        frame.heading(view, "territory")
        frame.show(view, territories.nothing(view))
        frame.show_limits(view, "territory")
        return
    with st.sidebar:
        instance = choose(
            words("filter.territory"), {key: row["name"] for key, row in known.items()}, "territory"
        )
        years = data.periods(view.database, "instance", None, "year") or [date(view.as_of.year, 1, 1)]
        year = choose_year(view, years, usual_year(view, years))
    subject, row = territories.own(view, known[instance]), known[instance]

    frame.heading(view, "territory", title=row["name"], above=words("territory.title"))
    frame.show(view, *territories.notices(view, row))
    frame.show(view, territories.headline(subject, row["name"], year))
    frame.show(view, card.cards(compose.year_cards(subject, territories.CARDS, year), words))

    split = subject.held("persons_served", "spend_delivered", "cost_per_person")
    with st.sidebar:
        drawn = (
            choose(words("filter.bar"), {i.indicator_id: i.name(words) for i in split}, "bar")
            if split
            else None
        )
    sections.areas(
        subject,
        words("territory.areas"),
        split,
        year,
        f"{instance}-aree",
        subject.indicator(drawn) if drawn else None,
    )
    people = subject.held("persons_served", "first_time_persons")
    under = words("territory.people.under", name=row["name"])
    sections.over_time(subject, words("territory.people"), under, people, "quarter", f"{instance}-persone")
    if subject.indicator("first_time_persons") and row["first_period_from"]:
        begins = numerals.day(row["first_period_from"], view.lang)
        frame.show(view, prose.caption(words("territory.people.caveat", day=begins)))
    frame.show_limits(view, "territory", territories.limits(subject, row))


frame.staff_page("territory", draw)
