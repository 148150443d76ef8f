"""The whole network in words, for everybody: published figures arrive, the sentence and the funders leave."""

from datetime import date

from dashboards import data, numerals, published
from dashboards.compose import Subject
from dashboards.figures import absent
from dashboards.parts import prose
from dashboards.parts.bars import Bar
from dashboards.parts.table import Column, figure_cell
from dashboards.view import View

CARDS = ("persons_served", "spend_delivered", "deliveries", "persons_per_1000")
# The marks for which the sentence has words of its own.
_SAID = ("zero", "suppressed")
MONEY = ("disbursed", "deliberated", "attributed")


def network(view: View) -> Subject:
    """Return the whole network as everybody sees it."""
    return Subject(view, data.public_figures, "network", "network", "network")


def headline(subject: Subject, year: date) -> str:
    """Return the sentence of the network and a year, and how many of its territories the year holds whole."""
    words, lang = subject.view.words, subject.view.lang
    indicators = subject.held("persons_served", "spend_delivered")
    row = subject.reach("year", year).row
    values = {
        "year": str(year.year),
        "n": words.count(row["reporting"]),
        "total": words.count(row["expected"]),
    }
    if len(indicators) < 2:
        return ""
    people, money = (subject.figure(i, "year", year) for i in indicators)
    if people.mark != "value":
        told = words(f"sentence.home.{people.mark if people.mark in _SAID else 'missing'}", **values)
    elif money.amount is None:
        values["persons"] = words.count(people.amount)
        told = f"{words('sentence.home.no_money', **values)} {words(f'sentence.money.{money.mark}')}"
    else:
        values["persons"] = words.count(people.amount)
        told = words("sentence.home", euro=numerals.euro_in_words(money.amount, lang), **values)
    whole = "all" if row["reporting"] == row["expected"] else "part"
    return prose.sentence(told, words(f"sentence.coverage.{whole}", **values))


def funders(view: View, year: date) -> tuple[Column, list[Column], list[Bar]]:
    """Return who pays, the largest disbursement of the year first: item column, number columns, bars."""
    words, names = view.words, published.funders(view.database)
    indicators = [view.indicators[i] for i in MONEY if i in view.indicators]
    ids = tuple(i.indicator_id for i in indicators)
    found = data.by_key(data.public_figures(view.database, ids, "funder", None, "year", period_start=year))
    rows = []
    for code in dict.fromkeys(key[1] for key in found):
        # Money of funders is published whole, so that a cell without a row is a true zero.
        figures = [
            found.get((i.indicator_id, code, "ALL", year)) or absent(i, "funder", code, "year", year)
            for i in indicators
        ]
        cells = [figure_cell(f, i, words) for f, i in zip(figures, indicators, strict=True)]
        first = figures[0]
        length = None if first.amount is None else float(first.amount)
        rows.append(Bar(names.get(code, code), cells, length, first.mark))
    rows.sort(key=lambda row: (-(row.length or 0), row.label))
    columns = [Column(i.indicator_id, i.name(words), True) for i in indicators]
    return Column("funder", words("filter.funder")), columns, rows


def nothing(view: View) -> str:
    """Return the panel of a release that has published nothing."""
    words = view.words
    return prose.empty_panel(
        words, words("public_network.empty"), words("empty.no_territory"), words("empty.network")
    )
