"""The door of the signed-in pages: what changed, what needs the reader, four numbers, a search, and the
question that each page answers."""

from itertools import groupby

import streamlit as st

from dashboards import layout, presenters, start
from dashboards.components import card, prose
from dashboards.page_context import PageContext, state
from dashboards.pages import STAFF


def draw(context: PageContext) -> None:
    """Draw the page."""
    messages = context.messages
    layout.heading(context, "home")
    layout.show(context, start.changed(context))
    _search(context)
    layout.show(context, prose.section(messages("home.needs")), start.needs(context))
    _numbers(context)
    layout.show(context, prose.section(messages("home.questions")))
    for _, group in groupby(start.pages(context), lambda page: page.audience):
        pages = list(group)
        layout.show(context, prose.over(messages(f"{pages[0].key}.for")))
        with st.container(gap=None):
            for page in pages:
                title, question = messages(f"{page.key}.title"), messages(f"{page.key}.question")
                st.page_link(page.file, label=f"{question} · {title}", query_params=state())
    layout.show_limits(context, "home")


def _search(context: PageContext) -> None:
    messages, found = context.messages, start.findable(context)
    if not found:
        return
    chosen = st.selectbox(
        messages("home.search"),
        list(found),
        index=None,
        format_func=lambda key: found[key].label,
        placeholder=messages("home.search.hint"),
        key="home.search",
    )
    if chosen is not None:
        # So that the page is not left again as soon as the reader comes back.
        del st.session_state["home.search"]
        (page,) = (each for each in STAFF if each.key == found[chosen].page)
        st.switch_page(page.file, query_params={**state(), **found[chosen].parameters})


def _numbers(context: PageContext) -> None:
    messages, about = context.messages, start.network(context)
    if about is None:
        return
    subject, year = about
    layout.show(context, prose.section(messages("home.numbers", year=str(year.year))))
    notes = {indicator: messages(f"home.number.{indicator}") for indicator in start.NUMBERS}
    found = presenters.year_cards(subject, start.NUMBERS, year, **notes)
    layout.show(context, card.cards(found, messages))


layout.staff_page("home", draw)
