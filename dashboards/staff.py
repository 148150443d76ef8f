"""The app of the signed-in pages: it reads the private side of the current release and the status of the
last run."""

import streamlit as st

from dashboards import frame
from dashboards.view import staff_view

PAGES = {
    "": ["home"],
    "foundation": ["foundation"],
    "municipality": ["territory"],
    "network": ["network"],
    "provider": ["provider"],
    "operations": ["operations"],
}

view = staff_view()
st.set_page_config(
    page_title="Casa di Vetro", page_icon="static/icons/sign.svg", layout="wide", initial_sidebar_state=344
)
made = {
    audience: [
        (
            key,
            st.Page(
                f"staff_pages/{key}.py",
                title=f"{view.words(f'{key}.title')} · Casa di Vetro",
                url_path=None if key == "home" else key,
                default=key == "home",
            ),
        )
        for key in keys
    ]
    for audience, keys in PAGES.items()
}
chosen = st.navigation([page for entries in made.values() for _, page in entries], position="hidden")
frame.staff_navigation(view, made)
chosen.run()
