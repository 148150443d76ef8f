"""M1 The territory on one page: what its people tell the council."""

from datetime import date

import streamlit as st

from dashboards import compose, data, frame, territories
from dashboards.charts.line import draw_line
from dashboards.parts import bars, card, prose
from dashboards.view import View, choose


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, known = view.words, {row["instance_id"]: row for row in data.instances(view.database)}
    if not known:
        frame.heading(view, "territory")
        frame.show(view, territories.nothing(view))
        frame.show_limits(view, "territory")
        return
    with st.sidebar:
        instance = choose(
            words("filter.territory"), {key: row["name"] for key, row in known.items()}, "territory"
        )
        years = data.periods(view.database, "instance", instance, "year") or [date(view.as_of.year, 1, 1)]
        closed = territories.last_closed(years, view.as_of)
        year = date(
            int(choose(words("filter.year"), {str(y.year): str(y.year) for y in years}, "year", closed)), 1, 1
        )
    subject, row = territories.own(view, known[instance]), known[instance]

    frame.heading(view, "territory", title=row["name"], above=words("territory.title"))
    frame.show(view, *territories.notices(view, row))
    frame.show(view, territories.headline(subject, row["name"], year))
    frame.show(view, card.cards(compose.year_cards(subject, territories.CARDS, year), words))

    indicators = compose.with_areas(
        subject, subject.held("persons_served", "spend_delivered", "cost_per_person"), year
    )
    if indicators:
        frame.show(view, prose.section(words("territory.areas"), words("areas.under", year=year.year)))
        drawn = indicators[0]
        if len(indicators) > 1:
            asked = choose(words("filter.bar"), {i.indicator_id: i.name(words) for i in indicators}, "bar")
            drawn = next(i for i in indicators if i.indicator_id == asked)
        rows = compose.area_rows(subject, indicators, drawn, year)
        item, columns = compose.area_columns(view, indicators)
        frame.show(view, bars.bars(words("territory.areas"), item, columns, rows, drawn.hue, words))
        frame.show(view, prose.caption(words("bars.tick.year", year=year.year - 1)))
        table = compose.bars_table(words("territory.areas"), item, columns, rows, words("table.empty"))
        frame.show_downloads(view, table, "aree", *indicators)

    people = subject.held("persons_served", "first_time_persons")
    points = compose.line_points(subject, people, "quarter")
    if len(points):
        frame.show(
            view, prose.section(words("territory.people"), words("territory.people.under", name=row["name"]))
        )
        hues = dict(zip(dict.fromkeys(points["series"]), ("vetro", "terra"), strict=False))
        figure = draw_line(points, theme=view.theme, lang=view.lang, hues=hues)
        table = compose.line_table(
            words("territory.people"), points, words("column.period"), words("table.empty")
        )
        frame.show_picture(view, figure, compose.line_alternative(view, points), table, "persone", *people)
    frame.show_limits(view, "territory", territories.limits(subject, row))


frame.staff_page("territory", draw)
