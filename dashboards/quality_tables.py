"""The quality scores on the staff pages: scores of territories and providers arrive, tables leave."""

from collections.abc import Sequence
from datetime import date

from core.presentation import formatting
from dashboards import quality_scores, queries
from dashboards.components.table import Cell, Column, Table, text_cell
from dashboards.page_context import PageContext
from dashboards.quality_scores import DIMENSIONS, MONTHS, WHOLE

_NAMES = (WHOLE, *DIMENSIONS)


def by_month(context: PageContext) -> Table:
    """Return the score of every territory in the last twelve months."""
    messages = context.messages
    found = queries.latest_quality_scores(context.database, "instance")
    months = sorted({row["month_start"] for row in found})
    columns = [
        Column("territory", messages("column.territory")),
        *(
            Column(f"score_{month:%Y_%m}", formatting.period("month", month, context.lang), True)
            for month in months
        ),
    ]
    rows = [
        [text_cell(name), *(_cell(context, rows, WHOLE, month) for month in months)]
        for name, rows in _by_name(found)
    ]
    return Table(messages("quality_score.by_month"), columns, rows, messages("quality_score.none"))


def of_providers(context: PageContext) -> Table:
    """Return the dimensions of every provider in the last of twelve months in which it has a score."""
    messages = context.messages
    found = queries.latest_quality_scores(context.database, "provider")
    columns = [
        Column("provider", messages("column.provider")),
        Column("period_start", messages("column.period")),
        *quality_scores.columns(_NAMES, messages),
    ]
    rows = []
    for name, own in _by_name(found):
        month = max(
            row["month_start"] for row in own if row["dimension"] == WHOLE and row["score"] is not None
        )
        rows.append(
            [text_cell(name), _month(context, month), *(_cell(context, own, each, month) for each in _NAMES)]
        )
    return Table(messages("quality_score.of_providers"), columns, rows, messages("quality_score.none"))


def of_source(context: PageContext, scope_type: str, scope_id: str, name: str) -> Table | None:
    """Return the dimensions that apply to a territory or provider in its last twelve months, newest first; no
    rows where none of them has a score, None where the release tells nothing of it."""
    messages = context.messages
    found = queries.quality_scores(context.database, scope_type, scope_id)
    months = sorted({row["month_start"] for row in found}, reverse=True)[:MONTHS]
    if not months:
        return None
    recent = [row for row in found if row["month_start"] in months]
    apply = {row["dimension"] for row in recent if row["status"] != "not_applicable"}
    names = [each for each in _NAMES if each in apply]
    if all(row["score"] is None for row in recent if row["dimension"] == WHOLE):
        months = []
    columns = [
        Column("period_start", messages("column.period")),
        *quality_scores.columns(names, messages),
    ]
    rows = [
        [_month(context, month), *(_cell(context, found, each, month) for each in names)] for month in months
    ]
    title = messages("quality_score.of", name=name)
    return Table(title, columns, rows, messages("quality_score.none"))


def _by_name(found: Sequence[queries.Row]) -> list[tuple[str, list[queries.Row]]]:
    """The rows of each subject with its name, in the order in which they came."""
    grouped: dict[str, tuple[str, list[queries.Row]]] = {}
    for row in found:
        grouped.setdefault(row["scope_id"], (row["name"], []))[1].append(row)
    return list(grouped.values())


def _month(context: PageContext, month: date) -> Cell:
    return Cell(formatting.period("month", month, context.lang), month.isoformat())


def _cell(context: PageContext, rows: Sequence[queries.Row], dimension: str, month: date) -> Cell:
    for row in rows:
        if row["dimension"] == dimension and row["month_start"] == month:
            return quality_scores.cell(dimension, row["score"], _mark(row), context.messages)
    return quality_scores.cell(dimension, None, "missing", context.messages)


def _mark(row: queries.Row) -> str:
    if row["status"] == "ok":
        return "value"
    return "missing" if row["status"] == "denominator_missing" else str(row["status"])
