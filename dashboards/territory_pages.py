"""What the pages of a territory share: which one and which year are chosen, its heading and notices, and the
cards beside similar territories and the network.

What a page asks, and in which order, does not belong here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from dashboards import layout, presenters, queries, territories
from dashboards.components.card import Card
from dashboards.figures import ADDITIVE_UNITS, AREAS, LEAST_PEERS, Indicator
from dashboards.page_context import PageContext, choose, choose_subject
from dashboards.presenters import Subject

# Figures that say something of one place alone: over the whole network they measure another thing.
OF_ONE_PLACE = ("merchant_top3_share", "provider_hhi")


@dataclass(frozen=True)
class Territory:
    """The territory of a page, its row of the release, and the year."""

    subject: Subject
    row: queries.Row
    year: date

    @property
    def context(self) -> PageContext:
        """The context of the page."""
        return self.subject.context

    @property
    def name(self) -> str:
        """The territory's name."""
        return self.row["name"]

    def file(self, what: str) -> str:
        """Return the name of a file about the territory."""
        return f"{self.row['instance_id']}-{what}"


def territory_page(
    page: str, body: Callable[[Territory], list[str] | None], *, opens_newest: bool = False
) -> None:
    """Draw a page of one territory: `body` draws what stands between the notices and the limits, and returns
    the limits that the data add. opens_newest -- it opens with the newest year, also where that has not
    ended: a page of what stands now."""

    def draw(context: PageContext) -> None:
        known = {row["instance_id"]: row for row in queries.instances(context.database)}
        if not known:
            layout.heading(context, page)
            layout.show(context, territories.nothing(context, page))
            layout.show_limits(context, page)
            return
        with st.sidebar:
            names = {key: row["name"] for key, row in known.items()}
            chosen = choose_subject(context.messages("filter.territory"), names, "territory")
            year = layout.choose_year_of(context, "instance", newest=opens_newest)
        row = known[chosen]
        territory = Territory(territories.own(context, row), row, year)
        layout.heading(context, page, title=row["name"], above=context.messages(f"{page}.title"))
        layout.show(context, *territories.notices(context, row))
        more = body(territory)
        layout.show_limits(context, page, more or [])

    layout.staff_page(page, draw)


def choose_area(territory: Territory, indicator: str) -> str:
    """Draw the choice of an area of need, among those in which an indicator has a figure, and return it."""
    context = territory.context
    found = queries.figures(
        context.database, (indicator,), "instance", territory.subject.scope_id, "year", area="EACH"
    )
    known = {figure.area for figure in found}
    options = {area: context.messages(f"area.{area}") for area in ("ALL", *AREAS) if area in known | {"ALL"}}
    with st.sidebar:
        return choose(context.messages("filter.area"), options, "area")


def cards(territory: Territory, *ids: str, area: str = "ALL", **notes: str) -> list[Card]:
    """Return the cards of the year, each beside similar territories and the network where they
    can be compared."""
    made = presenters.year_cards(territory.subject, ids, territory.year, area=area, **notes)
    return [replace(card, beside=beside(territory, card.indicator, area)) for card in made]


def beside(territory: Territory, indicator: Indicator, area: str = "ALL") -> list[str]:
    """Return the lines that say what similar territories and the network have, as the public may see it;
    sums and counts of places of different size are not compared."""
    context, messages, year = territory.context, territory.context.messages, territory.year
    if indicator.unit in ADDITIVE_UNITS or indicator.indicator_id in OF_ONE_PLACE:
        return []
    lines = []
    compared = queries.compared(context.database, indicator.indicator_id, area, year)
    names = {row["instance_id"]: row["name"] for row in queries.territories(context.database)}
    for row in compared:
        if row["instance_id"] != territory.subject.scope_id or not row["peers"]:
            continue
        similar = {
            "n": messages.count(len(row["peers"])),
            "names": ", ".join(sorted(names.get(each, each) for each in row["peers"])),
        }
        if row["peer_median"] is not None:
            value = presenters.written(row["peer_median"], indicator, context)
            lines.append(messages("card.peers", value=value, **similar))
        elif len(row["peers"]) < LEAST_PEERS:
            lines.append(messages.counted("card.peers.few", len(row["peers"]), names=similar["names"]))
    whole = queries.figures(
        context.database,
        (indicator.indicator_id,),
        "network",
        "network",
        "year",
        period_start=year,
        area=area,
        protected=True,
    )
    for each in whole:
        # A row without a day: the curve does not come so far down.
        lacks = indicator.unit == "days" and each.mark == "missing"
        value = messages("curve.not_reached") if lacks else each.text(indicator, messages)
        lines.append(messages("card.network", value=value))
    if not whole and not queries.is_own(context.database, "network", "network"):
        lines.append(messages("card.network", value=messages("mark.not_visible")))
    return lines
