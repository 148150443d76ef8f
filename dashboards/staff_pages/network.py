"""N1 Comparing territories: how a figure differs across the network, and from the network as a whole."""

import streamlit as st

from dashboards import comparison, data, frame, territories
from dashboards.charts.dots import draw_dots
from dashboards.parts import prose
from dashboards.view import View, choose, choose_year


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, offered = view.words, comparison.offered(view)
    years = data.periods(view.database, "instance", None, "year")
    frame.heading(view, "network")
    if not offered or not years:
        frame.show(view, comparison.nothing(view))
        frame.show_limits(view, "network")
        return
    names = {key: indicator.name(words) for key, indicator in offered.items()}
    orders = {key: words(f"filter.order.{key}") for key in ("name", "size")}
    with st.sidebar:
        indicator = offered[choose(words("filter.indicator"), names, "indicator")]
        year = choose_year(view, years, territories.last_closed(years, view.as_of))
        own = choose(words("filter.own"), comparison.own_choices(view), "territory")
        order = choose(words("filter.order"), orders, "order")

    found = comparison.read(view, indicator, year, order, own)
    title = words("network.picture", name=indicator.name(words), year=year.year)
    frame.show(view, prose.caption(indicator.definition(words)) if indicator.definition(words) else "")
    frame.show(view, comparison.headline(view, found, indicator, year))
    frame.show(view, prose.section(title, words("network.picture.under")))
    figure = draw_dots(
        found.rows,
        theme=view.theme,
        lang=view.lang,
        hue=comparison.hue(indicator),
        reference=found.network,
        reference_text=words("network.reference", value=found.network_text),
    )
    table = comparison.table(view, found, indicator, title)
    frame.show_picture(
        view, figure, comparison.alternative(view, found, indicator), table, "confronto", indicator
    )
    frame.show(view, prose.provenance(found.provenance, partial=found.partial))
    frame.show_limits(view, "network", comparison.limits(view, found))


frame.staff_page("network", draw)
