"""The door of the signed-in pages: the questions that each page answers."""

import streamlit as st

from dashboards import frame
from dashboards.pages import QUESTIONS
from dashboards.parts import prose
from dashboards.view import View, state


def draw(view: View) -> None:
    """Draw the page of the view."""
    words = view.words
    frame.heading(view, "home")
    for page in QUESTIONS:
        title, question = words(f"{page.key}.title"), words(f"{page.key}.question")
        with st.container(border=True):
            frame.show(view, prose.door(title, question, words(f"{page.key}.for")))
            st.page_link(
                page.file,
                label=words("home.open", title=title),
                query_params=state(),
            )
    frame.show_limits(view, "home")


frame.staff_page("home", draw)
