"""S1 Territory: what happens in my town. Public: published figures only."""

from datetime import date

from dashboards import asking, compose, frame, published, sections, territories
from dashboards.parts import bars, card, prose
from dashboards.parts.table import Column
from dashboards.reach import usual_year
from dashboards.view import View, address, asked, choose


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, known = view.words, {row["instance_id"]: row for row in published.territories(view.database)}
    years = published.periods(view.database, "instance", None, "year")
    frame.show(view, prose.link(words("public_territory.back"), address(territorio=None)))
    if not known or not years:
        frame.heading(view, "public_territory")
        frame.show(view, territories.nothing(view))
        frame.show_limits(view, "public_territory")
        return
    if asked("territorio") not in known:
        _unknown(view, {key: row["name"] for key, row in known.items()})
        return
    instance = choose(words("filter.your_territory"), {k: r["name"] for k, r in known.items()}, "territorio")
    year = date(int(usual_year(view, years) or max(years).year), 1, 1)
    row = known[instance]
    subject = territories.published(view, row)
    cards = compose.year_cards(subject, territories.PUBLIC_CARDS, year)

    frame.heading(view, "public_territory", title=row["name"])
    frame.show(view, *territories.public_notices(view, row))
    frame.show(view, territories.headline(subject, row["name"], year))
    frame.show(view, territories.all_protected(view, cards), card.cards(cards, words))

    people = subject.held("persons_served", "spend_delivered")
    sections.areas(subject, words("territory.areas"), people, year, f"{instance}-aree")
    for kind, table in (("waits", asking.WAITS), ("results", asking.RESULTS)):
        _asking(
            view,
            kind,
            [s for s in published.steps(view.database, table, year) if s.instance_id == instance],
            year,
        )
    under = words("public_territory.years.under", name=row["name"])
    sections.over_time(
        subject, words("public_territory.years"), under, people[:1], "year", f"{instance}-anni"
    )
    frame.show_limits(view, "public_territory", territories.public_limits(view, row))


def _asking(view: View, kind: str, steps: list[published.Step], year: date) -> None:
    if not steps:
        return
    words = view.words
    title = words(f"public_territory.{kind}", year=str(year.year))
    item, columns = (
        Column("step", words("column.step")),
        [Column("persons", words("column.persons"), True, words("table.distinct"))],
    )
    rows = asking.bars(steps, words)
    frame.show(view, prose.section(title, words(f"public_territory.{kind}.under")))
    hue = "time" if kind == "waits" else "people"
    frame.show(view, bars.bars(title, item, columns, rows, hue, words))
    made = compose.bars_table(title, item, columns, rows, words("table.empty"))
    frame.show_downloads(view, made, f"{steps[0].instance_id}-{words(f'file.{kind}')}-{year.year}")


def _unknown(view: View, names: dict[str, str]) -> None:
    words = view.words
    frame.heading(view, "public_territory", title=words("public_territory.unknown"))
    told = words("public_territory.unknown.text", asked=asked("territorio"))
    frame.show(view, prose.notice("attention", told, words("public_territory.unknown.word")))
    links = [prose.link(name, address(territorio=key)) for key, name in names.items()]
    frame.show(view, prose.section(words("public_territory.choose")), prose.listed(links))


frame.public_page("public_territory", draw)
