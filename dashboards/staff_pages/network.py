"""N1 Comparing territories: how a figure differs across the network, and from the network as a whole."""

import streamlit as st

from dashboards import comparability, comparison, layout, queries
from dashboards.components import prose
from dashboards.components.table import Table, table_html
from dashboards.export_coverage import usual_year
from dashboards.figures import Indicator
from dashboards.page_context import PageContext, choose, choose_year
from dashboards.pictures.dots import dots
from dashboards.pictures.funnel import FunnelWords, funnel


def draw(context: PageContext) -> None:
    """Draw the page."""
    messages, offered = context.messages, comparison.offered(context)
    years = queries.periods(context.database, "instance", None, "year")
    layout.heading(context, "network")
    if not offered or not years:
        layout.show(context, comparison.nothing(context))
        layout.show_limits(context, "network")
        return
    names = {key: indicator.name(messages) for key, indicator in offered.items()}
    orders = {key: messages(f"filter.order.{key}") for key in ("name", "size")}
    with st.sidebar:
        indicator = offered[choose(messages("filter.indicator"), names, "indicator")]
        area = choose(messages("filter.area"), comparison.areas(context, indicator), "area")
        year = choose_year(context, years, usual_year(context, years))
        own = choose(messages("filter.own"), comparison.own_choices(context), "territory")
        order = choose(messages("filter.order"), orders, "order")

    found = comparison.read(context, indicator, area, year, order, own)
    name = f"confronto-{indicator.indicator_id}-{area}-{year.year}"
    definition = indicator.definition(messages)
    layout.show(context, prose.caption(definition) if definition else "")
    layout.show(context, comparison.headline(context, found, indicator, year))
    layout.show(context, *comparison.notices(context, found))
    measure = {"name": indicator.name(messages), "area": messages(f"area.{area}"), "year": str(year.year)}
    title = messages("network.picture", **measure)
    table = comparison.table(context, found, indicator, title)
    if found.has_limits and found.is_picture:
        _funnel(context, found, indicator, table, name, title)
    under = comparison.dots_under(found, indicator, messages) if found.is_picture else ""
    layout.show(context, prose.section(title, under))
    if found.is_picture:
        reference = None if found.network is None else (found.network, found.network_text)
        if reference is not None:
            reference = (reference[0], messages("network.reference", value=reference[1]))
        said = comparison.alternative(context, found, indicator)
        items = comparison.dots(found)
        is_share = indicator.unit == "ratio"
        drawn = dots(
            "network-dots", title, said, items, indicator.hue, context.lang, reference, percent=is_share
        )
        layout.show_svg(context, drawn, table, name, indicator)
    else:
        layout.show(context, table_html(table, messages, titled=True))
        layout.show_downloads(context, table, name, indicator)
    layout.show(context, prose.provenance(found.provenance, partial=found.partial))
    sent = comparability.table(context, year)
    under = comparability.sentence(context, year)
    layout.show(context, prose.section(sent.caption, under), table_html(sent, messages, titled=True))
    layout.show_downloads(context, sent, f"chi-manda-che-cosa-{year.year}")
    layout.show_limits(context, "network", comparison.limits(context, found))


def _funnel(
    context: PageContext,
    found: comparison.Compared,
    indicator: Indicator,
    table: Table,
    name: str,
    title: str,
) -> None:
    messages = context.messages
    finding = comparison.funnel_title(found, messages)
    under = f"{title}. {comparison.funnel_under(found, indicator, messages)}"
    words = FunnelWords(
        messages(f"against.{indicator.indicator_id}"),
        indicator.name(messages),
        comparison.bands(found, messages),
        messages("network.reference", value=found.network_text),
    )
    picture = funnel(
        "network-funnel",
        finding,
        f"{finding}. {comparison.alternative(context, found, indicator)}",
        comparison.funnel_dots(found, indicator, messages),
        found.network,
        words,
        indicator.hue,
        context.lang,
        percent=indicator.unit == "ratio",
    )
    layout.show(context, prose.section(finding, under))
    layout.show_svg(context, picture, table, f"oltre-il-caso-{name}", indicator)


layout.staff_page("network", draw)
