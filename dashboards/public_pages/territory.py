"""S1 Territory: what happens in my town. Public: only published figures, read from the public side of the
release."""

from datetime import date

from dashboards import compose, data, frame, territories
from dashboards.charts.line import draw_line
from dashboards.parts import bars, card, prose
from dashboards.view import View, choose


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, known = view.words, {row["instance_id"]: row for row in data.public_territories(view.database)}
    years = data.public_periods(view.database, "instance", None, "year")
    if not known or not years:
        frame.heading(view, "public_territory")
        frame.show(view, territories.nothing(view))
        frame.show_limits(view, "public_territory")
        return
    instance = choose(words("filter.your_territory"), {k: r["name"] for k, r in known.items()}, "territorio")
    year = date(int(territories.last_closed(years, view.as_of) or max(years).year), 1, 1)
    row = known[instance]
    subject = territories.published(view, row)
    cards = compose.year_cards(subject, territories.PUBLIC_CARDS, year)

    frame.heading(view, "public_territory", title=row["name"])
    frame.show(view, territories.headline(subject, row["name"], year))
    frame.show(view, territories.all_protected(view, cards), card.cards(cards, words))

    people = subject.held("persons_served", "spend_delivered")
    split = compose.with_areas(subject, people, year)
    if split:
        rows = compose.area_rows(subject, split, split[0], year)
        frame.show(view, prose.section(words("territory.areas"), words("areas.under", year=year.year)))
        item, columns = compose.area_columns(view, split)
        frame.show(view, bars.bars(words("territory.areas"), item, columns, rows, split[0].hue, words))
        frame.show(view, prose.caption(words("bars.tick.year", year=year.year - 1)))
        table = compose.bars_table(words("territory.areas"), item, columns, rows, words("table.empty"))
        frame.show_downloads(view, table, f"{instance}-aree", *split)

    points = compose.line_points(subject, people[:1], "year")
    if points["period"].nunique() > 1:
        frame.show(
            view,
            prose.section(
                words("public_territory.years"), words("public_territory.years.under", name=row["name"])
            ),
        )
        figure = draw_line(points, theme=view.theme, lang=view.lang, hues={points["series"][0]: "vetro"})
        table = compose.line_table(
            words("public_territory.years"), points, words("column.year"), words("table.empty")
        )
        frame.show_picture(
            view, figure, compose.line_alternative(view, points), table, f"{instance}-anni", *people[:1]
        )

    frame.show(
        view,
        prose.section(words("public_territory.all", year=year.year), words("public_territory.all.under")),
    )
    item, columns, rows = territories.everywhere(view, known, year)
    frame.show(
        view, bars.bars(words("public_territory.all", year=year.year), item, columns, rows, "people", words)
    )
    table = compose.bars_table(
        words("public_territory.all", year=year.year), item, columns, rows, words("table.empty")
    )
    frame.show_downloads(view, table, "territori", *people)
    frame.show_limits(view, "public_territory", territories.public_limits(view, row))


frame.public_page("public_territory", draw)
