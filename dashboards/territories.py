"""A territory in words: its row and its figures arrive, the sentences, notices and limits of
its pages leave.
"""

from datetime import date

from dashboards import delivery_calendar, presenters, queries, sentences
from dashboards.components import prose
from dashboards.page_context import PageContext
from dashboards.presenters import Subject

CARDS = ("persons_served", "spend_municipal", "wait_to_service_p50", "unmet_share")
# Whose money can be in a service, in the order of the page.
SOURCES = ("MUNICIPALITY", "REGION_STATE", "SSN", "USER", "FOUNDATION", "EMPLOYER", "UNALLOCATED")


def own(context: PageContext, row: queries.Row) -> Subject:
    """Return the territory as its own people see it: its figures about persons are not protected."""
    return Subject(context, queries.figures, "instance", row["instance_id"], "own", (row["instance_id"],))


def headline(subject: Subject, name: str, year: date) -> str:
    """Return the sentence of a territory and a year, in the variant that its marks ask for."""
    indicators = subject.held("persons_served", "spend_delivered")
    if len(indicators) < 2:
        return ""
    people, money = (subject.figure(i, "year", year) for i in indicators)
    told = sentences.of_territory(name, year.year, people, money, subject.context.messages)
    return prose.sentence(told, *unmet(subject, year), *presenters.year_remarks(subject, year))


def unmet(subject: Subject, year: date, area: str = "ALL") -> list[str]:
    """Return the sentence on the requests refused for lack of funds or places, in the variant of its mark."""
    messages = subject.context.messages
    made = []
    for indicator in subject.held("unmet_share"):
        figure = subject.figure(indicator, "year", year, area)
        if figure.is_shown and figure.numerator is not None:
            counts = {"d": messages.count(figure.denominator or 0)}
            made.append(messages.counted("sentence.unmet", figure.numerator, **counts))
        elif not figure.is_shown:
            made.append(messages(f"sentence.unmet.{figure.mark}"))
    return made


def notices(context: PageContext, row: queries.Row) -> list[str]:
    """Return the rule that holds for figures about persons on this page, and what is late in the
    territory's exports, by its own calendar."""
    messages = context.messages
    rule = "territory.rule" if context.viewer.sees_persons else "persons.protected"
    made = [prose.notice("note", messages(rule), messages(f"{rule}.word"))]
    for one in queries.freshness(context.database):
        text = delivery_calendar.told(context, one)[2] if one["instance_id"] == row["instance_id"] else ""
        if text:
            made.append(prose.notice("attention", text, messages("notice.stale.word")))
    return made


def limits(subject: Subject, row: queries.Row) -> list[str]:
    """Return the sentences on what this territory does not send."""
    messages = subject.context.messages
    ids = tuple(subject.context.indicators)
    cells = subject.ask(subject.context.database, ids, "instance", row["instance_id"], "year")
    absent = dict.fromkeys(
        subject.context.indicators[c.indicator_id].name(messages) for c in cells if c.mark == "not_collected"
    )
    return [messages("territory.not_collected", names=", ".join(absent))] if absent else []


def nothing(context: PageContext, page: str) -> str:
    """Return the panel of a page of a release that holds no territory."""
    messages = context.messages
    return prose.empty_panel(
        messages, messages(f"{page}.empty"), messages("empty.no_territory"), messages("empty.network")
    )
