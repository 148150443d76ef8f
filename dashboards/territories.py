"""A territory in words: its row and its figures arrive, the sentences, notices and limits of
its pages leave.
"""

from datetime import date

from dashboards import arrivals, compose, data, numerals, received
from dashboards.compose import Subject
from dashboards.figures import Figure
from dashboards.parts import prose
from dashboards.view import View

CARDS = ("persons_served", "spend_delivered", "wait_to_service_p50", "persons_per_1000")


def own(view: View, row: data.Row) -> Subject:
    """Return the territory as its own people see it: its figures about persons are not protected."""
    return Subject(view, data.figures, "instance", row["instance_id"], "own", (row["instance_id"],))


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
