"""S0 The whole network: where the resources of territorial welfare go, and whom they reach. Public."""

from datetime import date

from dashboards import asking, compose, data, frame, published, sections, territories, whole_network
from dashboards.parts import bars, card, prose
from dashboards.parts.table import table_html
from dashboards.reach import usual_year
from dashboards.view import View, choose

# More bars than this are no picture: the rest stands in the table.
MOST = 12


def draw(view: View) -> None:
    """Draw the page of the view."""
    words, known = view.words, {row["instance_id"]: row for row in published.territories(view.database)}
    years = published.periods(view.database, "instance", None, "year")
    frame.heading(view, "public_network")
    if not known or not years:
        frame.show(view, whole_network.nothing(view))
        frame.show_limits(view, "public_network")
        return
    year = date(int(usual_year(view, years) or max(years).year), 1, 1)
    subject = whole_network.network(view)
    cards = compose.year_cards(subject, whole_network.CARDS, year)
    frame.show(view, whole_network.headline(subject, year))
    frame.show(view, territories.all_protected(view, cards), card.cards(cards, words))

    _territories(view, known, year)
    people = subject.held("persons_served", "spend_delivered")
    sections.areas(subject, words("territory.areas"), people, year, "rete-aree")
    _waits(view, known, year)
    _funders(view, year)
    _files(view)
    frame.show_limits(
        view, "public_network", [*territories.public_limits(view), *compose.missing_from(subject, year)]
    )


def _territories(view: View, known: dict[str, data.Row], year: date) -> None:
    words = view.words
    title = words("public_network.territories", year=str(year.year))
    frame.show(view, prose.section(title, words("public_network.territories.under")))
    item, columns, rows = territories.everywhere(view, known, year)
    frame.show(view, bars.bars(title, item, columns, rows, "people", words))
    table = compose.bars_table(title, item, columns, rows, words("table.empty"))
    frame.show_downloads(view, table, f"territori-{year.year}", *_indicators(view, columns))


def _waits(view: View, known: dict[str, data.Row], year: date) -> None:
    words, steps = view.words, published.steps(view.database, asking.WAITS, year)
    if not steps:
        return
    title = words("public_network.waits", year=str(year.year))
    names = {instance: row["name"] for instance, row in known.items()}
    table = asking.table(title, steps, names, words)
    frame.show(view, prose.section(title, words("public_network.waits.under")))
    frame.show(view, table_html(table, words, titled=True))
    frame.show_downloads(view, table, f"attese-{year.year}")


def _funders(view: View, year: date) -> None:
    words = view.words
    item, columns, rows = whole_network.funders(view, year)
    if not rows:
        return
    title = words("public_network.funders", year=str(year.year))
    frame.show(view, prose.section(title, words("public_network.funders.under")))
    frame.show(view, bars.bars(title, item, columns, rows[:MOST], "euro", words))
    if len(rows) > MOST:
        frame.show(
            view, prose.caption(words("ledger.first", n=words.count(MOST), total=words.count(len(rows))))
        )
    table = compose.bars_table(title, item, columns, rows, words("table.empty"))
    frame.show_twin(view, table, f"finanziatori-{year.year}", *_indicators(view, columns))


def _files(view: View) -> None:
    words, files = view.words, published.files(view.database)
    if not files:
        return
    frame.show(view, prose.section(words("public_network.files"), words("public_network.files.under")))
    titles = {path.stem: (it if view.lang == "it" else en) for path, (it, en) in files.items()}
    chosen = choose(words("filter.file"), titles, "file", width="stretch")
    frame.show_file(view, next(path for path in files if path.stem == chosen))


def _indicators(view: View, columns) -> list:
    return [view.indicators[c.key] for c in columns if c.key in view.indicators]


frame.public_page("public_network", draw)
