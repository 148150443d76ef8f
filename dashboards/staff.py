"""The app of the signed-in pages: it reads the private side of the current release and the status of the
last run."""

import streamlit as st

from dashboards import frame
from dashboards.pages import STAFF, START
from dashboards.view import staff_view

view = staff_view()
st.set_page_config(
    page_title="Casa di Vetro", page_icon="static/icons/sign.svg", layout="wide", initial_sidebar_state=344
)
made = [
    (
        page,
        st.Page(
            page.file,
            title=f"{view.words(f'{page.key}.title')} · Casa di Vetro",
            url_path=None if page == START else page.key,
            default=page == START,
        ),
    )
    for page in STAFF
]
chosen = st.navigation([link for _, link in made], position="hidden")
frame.staff_navigation(view, made)
chosen.run()
