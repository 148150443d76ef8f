"""P1 Our work: what a provider has done, for whom, with what resources."""

from datetime import date

import streamlit as st

from dashboards import compose, data, frame, organisations, sections
from dashboards.parts import card, prose
from dashboards.reach import usual_year
from dashboards.view import View, choose, choose_year


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, known = view.words, {row["tax_code"]: row for row in data.providers(view.database)}
    if not known:
        frame.heading(view, "provider")
        frame.show(view, organisations.nothing(view))
        frame.show_limits(view, "provider")
        return
    with st.sidebar:
        names = {code: row["name"] for code, row in known.items()}
        provider = choose(words("filter.provider"), names, "provider")
        years = data.periods(view.database, "instance", None, "year") or [date(view.as_of.year, 1, 1)]
        year = choose_year(view, years, usual_year(view, years))
    subject = organisations.provider(view, known[provider])

    frame.heading(view, "provider", title=names[provider], above=words("provider.title"))
    frame.show(view, prose.notice("note", words("provider.rule"), words("territory.rule.word")))
    frame.show(view, organisations.headline(subject, names[provider], year))
    frame.show(view, card.cards(compose.year_cards(subject, organisations.cards(subject), year), words))

    done = subject.held("deliveries")
    sections.over_time(
        subject,
        words("provider.months"),
        words("provider.months.under"),
        done,
        "month",
        f"{provider}-prestazioni",
    )
    split = subject.held("spend_delivered", "persons_served", "deliveries")
    sections.areas(subject, words("provider.areas"), split, year, f"{provider}-aree")
    frame.show_limits(view, "provider", compose.missing_from(subject, year))


frame.staff_page("provider", draw)
