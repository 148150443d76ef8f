"""M7 Access and guidance: whether the Social Points hold, and whom digital access leaves behind."""

import pandas as pd

from dashboards import layout, presenters, queries, sections, territory_pages, waiting_times
from dashboards.components import bars, card, prose
from dashboards.components.table import Column
from dashboards.pictures.line import MOST, alternative, line
from dashboards.presenters import Subject
from dashboards.territory_pages import Territory

CARDS = ("requests", "autonomy_rate", "wait_to_assessment_p50", "caseload")
POINTS = ("requests", "wait_to_assessment_p50", "active_plans", "caseload")
AREAS = ("requests", "acceptance_rate", "wait_to_assessment_p50")


def body(territory: Territory) -> list[str] | None:
    """Draw the page."""
    context, subject, year = territory.context, territory.subject, territory.year
    messages = context.messages
    layout.show(context, prose.sentence(_sentence(territory)))
    notes = {"autonomy_rate": messages("territory_access.autonomy")}
    made = territory_pages.cards(territory, *CARDS, **notes)
    layout.show(context, card.cards(waiting_times.told_of_waits(subject, made, year), messages))
    points = queries.social_points(context.database, territory.row["instance_id"])
    _points(territory, points)
    if points:
        _months(territory, points)
    title = messages("territory_access.areas")
    sections.areas(subject, title, subject.held(*AREAS), year, territory.file("richieste-per-area"))
    return None


def _sentence(territory: Territory) -> str:
    messages, year = territory.context.messages, str(territory.year.year)
    for indicator in territory.subject.held("autonomy_rate"):
        figure = territory.subject.figure(indicator, "year", territory.year)
        if figure.is_shown and figure.numerator is not None and figure.denominator is not None:
            counts = {"n": messages.count(figure.numerator), "total": messages.count(figure.denominator)}
            return messages("sentence.access", year=year, **counts)
        known = "suppressed" if figure.mark == "suppressed" else "missing"
        return messages(f"sentence.access.{known}", year=year)
    return messages("sentence.access.missing", year=year)


def _points(territory: Territory, points: dict[str, str]) -> None:
    context, year = territory.context, territory.year
    messages = context.messages
    held = territory.subject.held(*POINTS)
    if not held:
        return
    rows = presenters.scope_rows(context, "social_point", points, held, held[0], year, protected=False)
    title = messages("territory_access.points")
    under = messages("territory_access.points.under", name=territory.name, year=str(year.year))
    item = Column("social_point", messages("column.social_point"))
    columns = [Column(i.indicator_id, i.name(messages), True) for i in held]
    drawn = bars.bars(title, item, columns, rows, held[0].hue, messages)
    empty = prose.caption(messages("territory_access.none"))
    layout.show(context, prose.section(title, under), drawn if rows else empty)
    if any(row.reference is not None for row in rows):
        layout.show(context, prose.caption(messages("bars.tick.year", year=str(year.year - 1))))
    table = presenters.bars_table(title, item, columns, rows, messages("table.empty"))
    layout.show_downloads(context, table, territory.file(f"sportelli-{year.year}"), *held)


def _months(territory: Territory, points: dict[str, str]) -> None:
    context, messages = territory.context, territory.context.messages
    requests = territory.subject.held("requests")
    own, found = (territory.row["instance_id"],), []
    for key, name in list(points.items())[:MOST]:
        subject = Subject(context, queries.figures, "social_point", key, "own", own)
        found.append(presenters.line_points(subject, requests, "quarter").assign(series=name, key=key))
    months = pd.concat(found)
    if months["period"].nunique() < 2:
        return
    title = messages("territory_access.months")
    layout.show(context, prose.section(title, messages("territory_access.months.under", name=territory.name)))
    table = presenters.line_table(title, months, messages("column.period"), messages("table.empty"))
    series = presenters.line_series(months)
    drawn = line("points", title, alternative(series, messages), series, "people", context.lang)
    name = territory.file(f"richieste-per-sportello-{months['start'].max()[:7]}")
    layout.show_svg(context, drawn, table, name, *requests)


territory_pages.territory_page("territory_access", body)
