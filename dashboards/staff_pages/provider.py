"""P1 Our work: what a provider has done, for whom, with what resources."""

from datetime import date

import streamlit as st

from dashboards import compose, data, frame, organisations, territories
from dashboards.charts.line import draw_line
from dashboards.parts import bars, card, prose
from dashboards.view import View, choose


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, known = view.words, {row["tax_code"]: row["name"] for row in data.providers(view.database)}
    if not known:
        frame.heading(view, "provider")
        frame.show(view, organisations.nothing(view))
        frame.show_limits(view, "provider")
        return
    with st.sidebar:
        provider = choose(words("filter.provider"), known, "provider")
        years = data.periods(view.database, "provider", provider, "year") or [date(view.as_of.year, 1, 1)]
        closed = territories.last_closed(years, view.as_of)
        year = date(
            int(choose(words("filter.year"), {str(y.year): str(y.year) for y in years}, "year", closed)), 1, 1
        )
    subject = organisations.provider(view, provider, year)

    frame.heading(view, "provider", title=known[provider], above=words("provider.title"))
    frame.show(view, prose.notice("note", words("provider.rule"), words("territory.rule.word")))
    frame.show(view, organisations.headline(subject, known[provider], year))
    frame.show(view, card.cards(compose.year_cards(subject, organisations.cards(subject), year), words))

    done = subject.held("deliveries")
    points = compose.line_points(subject, done, "month")
    if len(points):
        frame.show(view, prose.section(words("provider.months"), words("provider.months.under")))
        figure = draw_line(points, theme=view.theme, lang=view.lang, hues={points["series"][0]: "vetro"})
        table = compose.line_table(
            words("provider.months"), points, words("column.period"), words("table.empty")
        )
        frame.show_picture(view, figure, compose.line_alternative(view, points), table, "prestazioni", *done)

    indicators = compose.with_areas(
        subject, subject.held("spend_delivered", "persons_served", "deliveries"), year
    )
    rows = compose.area_rows(subject, indicators, indicators[0], year) if indicators else []
    if rows:
        frame.show(view, prose.section(words("provider.areas"), words("areas.under", year=year.year)))
        item, columns = compose.area_columns(view, indicators)
        frame.show(view, bars.bars(words("provider.areas"), item, columns, rows, indicators[0].hue, words))
        frame.show(view, prose.caption(words("bars.tick.year", year=year.year - 1)))
        table = compose.bars_table(words("provider.areas"), item, columns, rows, words("table.empty"))
        frame.show_downloads(view, table, "aree", *indicators)
    frame.show_limits(view, "provider")


frame.staff_page("provider", draw)
