"""What the packs of a year share, a territory's and a provider's: which years stand side by side, the numbers
of the first page, people and outcomes, and how a year that is not over is told.

A subject and a year arrive, parts of a document leave.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from core.presentation import formatting
from dashboards.figures import SHOWN, Figure
from dashboards.i18n import Messages
from dashboards.packs.disclosure import Key
from dashboards.packs.document import Block, KeyFigure, Notice, Section, Sentence
from dashboards.packs.subject import Subject

# The year asked for, and those before it.
_YEARS = 3


def known_years(cells: dict[Key, Figure], year: int) -> list[int]:
    """Return the year and those just before it that have any cell, the oldest first."""
    known = {key[3].year for key in cells}
    return [each for each in range(year - _YEARS + 1, year + 1) if each in known]


def key_figures(
    subject: Subject, cells: dict[Key, Figure], indicator_ids: Sequence[str], year: int
) -> list[KeyFigure]:
    """Return the numbers of the first page, each with the year before where the two can be compared."""
    messages, made = subject.messages, []
    for indicator in subject.held(*indicator_ids):
        figure = subject.figure(cells, indicator, "year", date(year, 1, 1))
        before = cells.get((indicator.indicator_id, "ALL", "ALL", date(year - 1, 1, 1)))
        under = ""
        # What a part of a year holds does not stand beside a whole one.
        is_comparable = subject.is_whole(year) and subject.is_whole(year - 1)
        if is_comparable and before is not None and before.mark in SHOWN:
            under = messages("pack.year_before", year=year - 1, value=before.text(indicator, messages))
        text = figure.text(indicator, messages)
        made.append(KeyFigure(indicator.name(messages), text, figure.mark, under))
    return made


def told_year(subject: Subject, year: int) -> str:
    """Return a year as a sentence names it, with its last known day where it is not over."""
    if subject.data_to >= date(year, 12, 31):
        return str(year)
    day = formatting.day(subject.data_to, subject.lang)
    return subject.messages("pack.year.so_far", year=year, day=day)


def with_open_year(subject: Subject, sections: Sequence[Section], year: int) -> list[Section]:
    """Return the sections, the first of them beginning with the notice that the year is not over where the
    exports do not hold its end."""
    if subject.data_to >= date(year, 12, 31):
        return list(sections)
    day = formatting.day(subject.data_to, subject.lang)
    notice = Notice(subject.messages("pack.open_year", year=year, day=day))
    first = sections[0]
    return [Section(first.section_id, first.title, [notice, *first.blocks]), *sections[1:]]


def people_and_value(
    messages: Messages, key: str, people: Figure | None, value: Figure | None, **told: object
) -> str:
    """Return the sentence on how many people got services of which value: the one under `key`, or under
    `<key>.people`, `.value` or `.neither` where not both may be said."""
    served = people.amount if people is not None and people.mark in SHOWN else None
    amount = value.amount if value is not None and value.mark in SHOWN else None
    if served is not None:
        told["n"] = messages.count(Decimal(str(served)))
    if amount is not None:
        told["amount"] = formatting.euro_in_words(amount, messages.lang)
    if served is not None and amount is not None:
        return messages(key, **told)
    one = "people" if served is not None else "value" if amount is not None else "neither"
    return messages(f"{key}.{one}", **told)


def people_blocks(
    subject: Subject, years: Sequence[int], served: Sequence[str], by_area: Sequence[str]
) -> list[Block]:
    """Return the people of the years, and those of the last of them by area of need."""
    messages, year = subject.messages, years[-1]
    return [
        *subject.years_table(
            "people", messages("pack.people.years"), served, years, messages("pack.people.under")
        ),
        subject.areas_table(
            "areas",
            messages("pack.areas.caption", year=year),
            by_area,
            year,
            drawn="persons_served",
            note=messages("pack.areas.under"),
        ),
    ]


def outcomes_section(subject: Subject, indicator_ids: Sequence[str], years: Sequence[int]) -> Section:
    """Return the outcomes of the years, under the sentence that a change is not yet an effect."""
    messages = subject.messages
    table = subject.years_table(
        "outcomes",
        messages("pack.outcomes.years"),
        indicator_ids,
        years,
        messages("pack.outcomes.followup.under"),
    )
    lead = Sentence(messages("pack.outcomes.change"))
    return Section("outcomes", messages("pack.section.outcomes"), [lead, *table])
