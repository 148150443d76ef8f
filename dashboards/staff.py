"""The app of the signed-in pages: it reads the private side of the current release and the status of the
last run.

Every address is answered: with its page where it is the reader's; else, whether it exists or not, with the
one that says so. Before signing in there is no other page than that of signing in.
"""

from functools import partial
from urllib.parse import urlsplit

import streamlit as st

from dashboards import layout, reader_choice
from dashboards.page_context import staff_context
from dashboards.pages import STAFF, START, StaffPage

context = staff_context()
if reader_choice.complete(context):
    context = staff_context()
st.set_page_config(
    page_title="Casa di Vetro", page_icon="static/icons/sign.svg", layout="wide", initial_sidebar_state=344
)


def answer(page: StaffPage, seen: bool) -> st.Page:
    """Return what answers the address of a page."""
    title = context.messages(f"{page.key}.title" if seen else "top.name")
    return st.Page(
        page.file if seen else partial(layout.closed_page, page.key),
        title=f"{title} · Casa di Vetro",
        url_path=None if page == START else page.key,
        default=page == START,
    )


seen = [page for page in STAFF if context.standing.state == "in" and page.seen_by(context.viewer)]
answers = {page.key: answer(page, page in seen) for page in STAFF}
path = urlsplit(st.context.url or "").path.strip("/")
if path and "/" not in path and path not in answers:
    answers[path] = answer(StaffPage(path, None), seen=False)
chosen = st.navigation(list(answers.values()), position="hidden")
reader_choice.draw(context)
layout.staff_navigation(context, [(page, answers[page.key]) for page in seen])
chosen.run()
