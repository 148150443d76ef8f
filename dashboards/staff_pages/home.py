"""The door of the signed-in pages: the questions that each page answers."""

import streamlit as st

from dashboards import frame
from dashboards.parts import prose
from dashboards.view import View, state

DOORS = ("foundation", "territory", "network", "provider", "operations")


def draw(view: View) -> None:
    """Draw the page of the view."""
    words = view.words
    frame.heading(view, "home")
    for key in DOORS:
        with st.container(border=True):
            frame.show(view, prose.door(words(f"{key}.title"), words(f"{key}.question"), words(f"{key}.for")))
            st.page_link(
                f"staff_pages/{key}.py",
                label=words("home.open", title=words(f"{key}.title")),
                query_params=state(),
            )
    frame.show_limits(view, "home")


frame.staff_page("home", draw)
