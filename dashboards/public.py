"""The app of the public pages: it reads the public side of the current release and is told
of nothing else.
"""

import streamlit as st

from dashboards.view import asked, public_view

view = public_view()
st.set_page_config(page_icon="static/icons/sign.svg", layout="wide", initial_sidebar_state="collapsed")
chosen = "network" if asked("territorio") is None else "territory"
title = view.words(f"public_{chosen}.title")
page = st.Page(f"public_pages/{chosen}.py", title=f"{title} · Casa di Vetro", default=True)
st.navigation([page], position="hidden").run()
