"""S1 Territory: what happens in my town. Public: published figures only."""

from datetime import date

from dashboards import compose, data, frame, sections, territories
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
    sections.areas(subject, words("territory.areas"), people, year, f"{instance}-aree")
    under = words("public_territory.years.under", name=row["name"])
    sections.over_time(
        subject, words("public_territory.years"), under, people[:1], "year", f"{instance}-anni"
    )

    title = words("public_territory.all", year=year.year)
    frame.show(view, prose.section(title, words("public_territory.all.under")))
    item, columns, rows = territories.everywhere(view, known, year)
    frame.show(view, bars.bars(title, item, columns, rows, "people", words))
    table = compose.bars_table(title, item, columns, rows, words("table.empty"))
    frame.show_downloads(view, table, "territori", *people)
    frame.show_limits(view, "public_territory", territories.public_limits(view, row))


frame.public_page("public_territory", draw)
