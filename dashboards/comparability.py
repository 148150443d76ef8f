"""Whether the territories of a year can be compared like for like: who sends what, since when and up to which
day. The rows of a release arrive, a sentence and a table leave."""

from datetime import date

from dashboards import delivery_calendar, queries
from dashboards.components.table import Cell, Column, Table, day_cell, text_cell
from dashboards.page_context import PageContext


def sentence(context: PageContext, year: date) -> str:
    """Return how many territories hold the year whole, as far as the data reach, and which do not."""
    messages, known = context.messages, queries.territories(context.database)
    until = min(date(year.year, 12, 31), context.as_of)
    partial = [
        row["name"]
        for row in known
        if row["first_period_from"] is None
        or row["first_period_from"] > year
        or row["data_to"] is None
        or row["data_to"] < until
    ]
    told = {"year": str(year.year), "total": messages.count(len(known))}
    if not partial:
        return messages("network.sending.all", **told)
    whole = len(known) - len(partial)
    return messages("network.sending.some", n=messages.count(whole), names=", ".join(partial), **told)


def table(context: PageContext, year: date) -> Table:
    """Return a row per territory: the first and the last day that its exports hold, whether the next one is
    late, and of what it sends nothing in the year."""
    messages, lang = context.messages, context.lang
    states = {
        row["instance_id"]: delivery_calendar.told(context, row)
        for row in queries.freshness(context.database)
    }
    lacking = {row["instance_id"]: row["indicators"] for row in queries.not_collected(context.database, year)}
    columns = [
        Column("territory", messages("column.territory")),
        Column("first_period_from", messages("column.data_from")),
        Column("data_to", messages("column.data_to")),
        Column("state", messages("column.state")),
        Column("not_collected", messages("column.not_sent", year=str(year.year))),
    ]
    rows = []
    for row in queries.territories(context.database):
        state, text, _ = states.get(row["instance_id"], ("unknown", "", ""))
        absent = [
            context.indicators[each].name(messages)
            for each in lacking.get(row["instance_id"], [])
            if each in context.indicators
        ]
        rows.append(
            [
                text_cell(row["name"]),
                day_cell(row["first_period_from"], lang),
                day_cell(row["data_to"], lang),
                Cell(text, state),
                text_cell(", ".join(absent) if absent else messages("column.not_sent.none")),
            ]
        )
    return Table(messages("network.sending"), columns, rows, messages("table.empty"))
