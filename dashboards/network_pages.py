"""What the pages of the network share: the year, the heading, and what a release without figures is told.

What a page asks, and in which order, does not belong here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import streamlit as st

from dashboards import layout, presenters, queries
from dashboards.components import prose
from dashboards.export_coverage import usual_year
from dashboards.page_context import PageContext, choose_year
from dashboards.presenters import Subject


@dataclass(frozen=True)
class Network:
    """The whole network as the subject of a page, and the year."""

    subject: Subject
    year: date

    @property
    def context(self) -> PageContext:
        """The context of the page."""
        return self.subject.context


def network_page(page: str, body: Callable[[Network], list[str] | None]) -> None:
    """Draw a page of the whole network: `body` draws what stands between the heading and the limits, and
    returns the limits that the data add."""

    def draw(context: PageContext) -> None:
        layout.heading(context, page)
        years = queries.periods(context.database, "network", None, "year")
        if not years:
            messages = context.messages
            first, who = messages("empty.no_figures"), messages("empty.network")
            layout.show(context, prose.empty_panel(messages, messages(f"{page}.empty"), first, who))
            layout.show_limits(context, page)
            return
        with st.sidebar:
            year = choose_year(context, years, usual_year(context, years))
        network = Network(presenters.whole_network(context), year)
        more = body(network) or []
        layout.show_limits(context, page, [*more, *presenters.missing_from(network.subject, year)])

    layout.staff_page(page, draw)
