"""The app of the public pages: it reads the public side of the current release and is told of nothing
else."""

import streamlit as st

from dashboards.view import public_view

view = public_view()
st.set_page_config(page_icon="static/icons/sign.svg", layout="wide", initial_sidebar_state="collapsed")
page = st.Page(
    "public_pages/territory.py", title=f"{view.words('public_territory.title')} · Casa di Vetro", default=True
)
st.navigation([page], position="hidden").run()
