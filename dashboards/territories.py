"""A territory in words: its row and its figures arrive, the sentences, notices and limits of
its pages leave.
"""

from collections.abc import Sequence
from datetime import date

from dashboards import arrivals, compose, data, numerals, received
from dashboards import published as release_tables
from dashboards.compose import Subject, area_columns
from dashboards.figures import Figure
from dashboards.parts import prose
from dashboards.parts.bars import Bar
from dashboards.parts.card import Card
from dashboards.parts.table import Cell, Column, figure_cell, text_cell
from dashboards.view import View, address

CARDS = ("persons_served", "spend_delivered", "wait_to_service_p50", "persons_per_1000")
PUBLIC_CARDS = ("persons_served", "spend_delivered", "spend_net_per_resident", "persons_per_1000")


def own(view: View, row: data.Row) -> Subject:
    """Return the territory as its own people see it: its figures about persons are not protected."""
    return Subject(view, data.figures, "instance", row["instance_id"], "own", (row["instance_id"],))


def published(view: View, row: data.Row) -> Subject:
    """Return the territory as everybody sees it."""
    return Subject(view, data.public_figures, "instance", row["instance_id"], "own", (row["instance_id"],))


def headline(subject: Subject, name: str, year: date) -> str:
    """Return the sentence of a territory and a year, in the variant that its marks ask for."""
    indicators = subject.held("persons_served", "spend_delivered")
    if len(indicators) < 2:
        return ""
    people, money = (subject.figure(i, "year", year) for i in indicators)
    return prose.sentence(_sentence(subject, name, year, people, money), *compose.year_remarks(subject, year))


def _sentence(subject: Subject, name: str, year: date, people: Figure, money: Figure) -> str:
    words, lang, values = subject.view.words, subject.view.lang, {"year": str(year.year), "name": name}
    if not people.is_shown or people.mark == "zero":
        return words(f"sentence.territory.{people.mark}", **values)
    if money.amount is None:
        told = words.counted("sentence.territory.no_money", people.amount, **values)
        return f"{told} {words(f'sentence.money.{money.mark}')}"
    values["euro"] = numerals.euro_in_words(money.amount, lang)
    return words.counted("sentence.territory", people.amount, **values)


def notices(view: View, row: data.Row) -> list[str]:
    """Return the rule that holds for figures about persons on this page, and what is late in the
    territory's exports, by its own calendar."""
    words = view.words
    made = [prose.notice("note", words("territory.rule"), words("territory.rule.word"))]
    for one in received.freshness(view.database):
        text = arrivals.told(view, one)[2] if one["instance_id"] == row["instance_id"] else ""
        if text:
            made.append(prose.notice("attention", text, words("notice.stale.word")))
    return made


def public_notices(view: View, row: data.Row) -> list[str]:
    """Return up to which day a territory is known, where others are known further."""
    words = view.words
    if row["data_to"] is None or row["data_to"] >= view.as_of:
        return []
    days = {
        key: numerals.day(day, view.lang) for key, day in (("day", row["data_to"]), ("other", view.as_of))
    }
    return [prose.notice("attention", words("public_territory.behind", **days), words("notice.stale.word"))]


def limits(subject: Subject, row: data.Row) -> list[str]:
    """Return the sentences on what this territory does not send."""
    words = subject.view.words
    ids = tuple(subject.view.indicators)
    cells = subject.ask(subject.view.database, ids, "instance", row["instance_id"], "year")
    absent = dict.fromkeys(
        subject.view.indicators[c.indicator_id].name(words) for c in cells if c.mark == "not_collected"
    )
    return [words("territory.not_collected", names=", ".join(absent))] if absent else []


def nothing(view: View) -> str:
    """Return the panel of a release that holds no territory."""
    words = view.words
    return prose.empty_panel(
        words, words("territory.empty"), words("empty.no_territory"), words("empty.network")
    )


def all_protected(view: View, cards: Sequence[Card]) -> str:
    """Return the sentence of a page on which every card is protected, or nothing."""
    if not cards or any(card.figure.mark != "suppressed" for card in cards):
        return ""
    return prose.notice("note", view.words("page.all_protected"), view.words("page.all_protected.word"))


def everywhere(view: View, known: dict[str, data.Row], year: date) -> tuple[Column, list[Column], list[Bar]]:
    """Return the published people and euro of every territory and up to which day it is known, alphabetical:
    item column, other columns, bars."""
    words = view.words
    indicators = [view.indicators[i] for i in ("persons_served", "spend_delivered") if i in view.indicators]
    ids = tuple(i.indicator_id for i in indicators)
    found = data.by_key(data.public_figures(view.database, ids, "instance", None, "year", period_start=year))
    rows = []
    for instance, row in known.items():
        subject = published(view, row)
        figures = [
            found.get((i.indicator_id, instance, "ALL", year)) or subject.empty_cell(i, "year", year)
            for i in indicators
        ]
        cells = [figure_cell(f, i, words) for f, i in zip(figures, indicators, strict=True)]
        day = row["data_to"]
        cells.append(Cell(numerals.day_in_table(day, view.lang), day.isoformat()) if day else text_cell(""))
        length = None if not figures or figures[0].amount is None else float(figures[0].amount)
        mark = figures[0].mark if figures else "missing"
        rows.append(Bar(row["name"], cells, length, mark, address=address(territorio=instance)))
    columns = [*area_columns(view, indicators)[1], Column("data_to", words("column.data_to"))]
    return Column("territory", words("column.territory")), columns, rows


def public_limits(view: View, row: data.Row | None = None) -> list[str]:
    """Return the sentences that the release adds: the threshold of protection, and where the residents of a
    territory come from."""
    words, made = view.words, []
    facts = view.release.facts if view.release else {}
    if facts.get("threshold"):
        high = facts.get("threshold_high") or facts["threshold"]
        least = {"n": words.count(facts["threshold"]), "high": words.count(high)}
        made.append(words("public_territory.threshold", **least))
    if row is not None and row["residents"]:
        residents = words.count(row["residents"])
        source = row["residents_source"] or "ISTAT"
        source = source.replace("stima", words("residents.estimate"))
        source = source.replace("dati provvisori", words("residents.provisional"))
        if row["residents_date"]:
            source += f", {numerals.day(row['residents_date'], view.lang)}"
        made.append(words("public_territory.residents", n=residents, source=source))
    if view.release is not None:
        made += _told_late(view)
    return made


def _told_late(view: View) -> list[str]:
    """The sentences about years issued again, and about money that counts in a later month than its own."""
    words, made = view.words, []
    for revision in release_tables.revisions(view.database):
        # A reason in both languages is told as Italian / English.
        told = revision["why"].split(" / ")
        why = told[view.lang == "en"] if len(told) == 2 else revision["why"]
        day = numerals.day(revision["revised_on"], view.lang)
        made.append(words("public.revised", year=revision["year"], day=day, why=why))
    if release_tables.has_late_data(view.database):
        made.append(words("public.told_late"))
    return made
