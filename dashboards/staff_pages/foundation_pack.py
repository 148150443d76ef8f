"""F4 Reporting pack: whether the report of an intervention can be signed, and its files."""

import streamlit as st

from dashboards import intervention, layout, pack_panel
from dashboards.components import prose
from dashboards.page_context import PageContext, address_of, choose_subject


def draw(context: PageContext) -> None:
    """Draw the page."""
    messages, known = context.messages, intervention.choices(context)
    if not known:
        layout.heading(context, "foundation_pack")
        layout.show(context, intervention.nothing(context, "foundation_pack"))
        layout.show_limits(context, "foundation_pack")
        return
    with st.sidebar:
        key = choose_subject(messages("filter.intervention"), known, "id")
    layout.heading(context, "foundation_pack", title=known[key], above=messages("foundation_pack.title"))
    link = prose.link(messages("foundation_pack.grant"), address_of("foundation_grant", id=key))
    layout.show(context, f"<p>{link}</p>")
    pack_panel.draw(context, "grant", key)
    layout.show_limits(context, "foundation_pack")


layout.staff_page("foundation_pack", draw)
