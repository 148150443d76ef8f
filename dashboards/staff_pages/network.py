"""N1 Comparing territories: how a figure differs across the network, and from the network as a whole."""

import streamlit as st

from dashboards import comparison, data, frame
from dashboards.charts.dots import draw_dots
from dashboards.figures import Indicator
from dashboards.parts import prose
from dashboards.parts.table import Table, table_html
from dashboards.reach import usual_year
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
        area = choose(words("filter.area"), comparison.areas(view, indicator), "area")
        year = choose_year(view, years, usual_year(view, years))
        own = choose(words("filter.own"), comparison.own_choices(view), "territory")
        order = choose(words("filter.order"), orders, "order")

    found = comparison.read(view, indicator, area, year, order, own)
    name = f"confronto-{indicator.indicator_id}-{area}-{year.year}"
    title = words(
        "network.picture", name=indicator.name(words), area=words(f"area.{area}"), year=str(year.year)
    )
    frame.show(view, prose.caption(indicator.definition(words)) if indicator.definition(words) else "")
    frame.show(view, comparison.headline(view, found, indicator, year))
    frame.show(view, prose.section(title, comparison.under(view, found, indicator)))
    frame.show(view, *comparison.notices(view, found))
    table = comparison.table(view, found, indicator, title)
    if not found.is_picture:
        frame.show(view, table_html(table, words, titled=True))
        frame.show_downloads(view, table, name, indicator)
    else:
        _draw(view, found, indicator, table, name)
    frame.show(view, prose.provenance(found.provenance, partial=found.partial))
    frame.show_limits(view, "network", comparison.limits(view, found))


def _draw(view: View, found: comparison.Compared, indicator: Indicator, table: Table, name: str) -> None:
    words = view.words
    figure = draw_dots(
        found.rows,
        theme=view.theme,
        lang=view.lang,
        hue=comparison.hue(indicator),
        reference=None if found.has_limits else found.network,
        reference_text=words("network.reference", value=found.network_text),
        bands=comparison.bands(view, found),
        percent=indicator.unit == "ratio",
    )
    frame.show_picture(view, figure, comparison.alternative(view, found, indicator), table, name, indicator)


frame.staff_page("network", draw)
