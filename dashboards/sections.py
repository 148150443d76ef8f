"""The sections that several pages share: a subject and its indicators arrive, a picture with its table and
files is drawn.

What a page asks, and in which order, does not belong here.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from dashboards import layout, presenters
from dashboards.components import bars, mark, prose
from dashboards.components.table import Column, Table, table_html
from dashboards.figures import Indicator
from dashboards.page_context import PageContext
from dashboards.pictures.line import alternative, line
from dashboards.presenters import Subject

# More bars than this are no picture: the rest stands in the table.
MOST = 10


def areas(
    subject: Subject,
    title: str,
    indicators: Sequence[Indicator],
    year: date,
    name: str,
    drawn: Indicator | None = None,
) -> None:
    """Draw the figures of a year by area of need; nothing where no area has any.

    drawn -- the indicator of the bars, else the first; name -- of the files.
    """
    held = presenters.with_areas(subject, indicators, year)
    if not held:
        return
    context, messages = subject.context, subject.context.messages
    drawn = drawn if drawn in held else held[0]
    rows = presenters.area_rows(subject, held, drawn, year)
    item, columns = presenters.area_columns(context, held)
    under = messages("areas.under", year=str(year.year), drawn=drawn.name(messages))
    _bars(context, title, under, item, columns, rows, drawn, year)
    table = presenters.bars_table(title, item, columns, rows, messages("table.empty"))
    layout.show_downloads(context, table, f"{name}-{year.year}", *held)


def scores(context: PageContext, table: Table | None, name: str) -> None:
    """Draw the quality scores of a source by month and dimension; nothing where none is known of.

    name -- of the files.
    """
    if table is None:
        return
    under = prose.section(table.caption, context.messages("quality_score.dimensions.under"))
    layout.show(context, under, table_html(table, context.messages, titled=True))
    layout.show_downloads(context, table, f"{name}-{context.as_of}")


def over_time(
    subject: Subject, title: str, under: str, indicators: Sequence[Indicator], period_type: str, name: str
) -> None:
    """Draw up to four indicators over all periods as lines; nothing where there are fewer
    than two periods.
    """
    context, messages = subject.context, subject.context.messages
    points = presenters.line_points(subject, indicators, period_type)
    if points["period"].nunique() < 2:
        return
    layout.show(context, prose.section(title, under))
    name = f"{name}-{points['start'].min()[:7]}-{points['start'].max()[:7]}"
    table = presenters.line_table(title, points, messages("column.period"), messages("table.empty"))
    if points["value"].isna().all():
        # Axes without a line would look like nothing at all: one pane says why.
        layout.show(context, mark.pane(points.iloc[-1]["mark"], messages))
        layout.show_twin(context, table, name, *indicators)
        return
    series = presenters.line_series(points)
    said = alternative(series, messages)
    is_share = indicators[0].unit == "ratio"
    drawn = line(
        f"picture-{period_type}", title, said, series, indicators[0].hue, context.lang, percent=is_share
    )
    layout.show_svg(context, drawn, table, name, *indicators)


def items(
    subject: Subject,
    title: str,
    under: str,
    item: Column,
    indicator: Indicator,
    year: date,
    names: Mapping[str, str],
    name: str,
    *,
    amounts: bool = False,
) -> None:
    """Draw the items of an indicator as bars; nothing where it has none. names -- of the items, in their
    order; name -- of the files; amounts -- the euro of each stand beside."""
    context, messages = subject.context, subject.context.messages
    rows = presenters.item_rows(subject, indicator, year, names, amounts=amounts)
    if not rows:
        return
    columns = [Column(indicator.indicator_id, indicator.name(messages), True)]
    if amounts:
        columns.append(Column("amount", messages("way.column.euro"), True))
    _bars(context, title, under, item, columns, rows, indicator, year)
    table = presenters.bars_table(title, item, columns, rows, messages("table.empty"))
    layout.show_downloads(context, table, f"{name}-{year.year}", indicator)


def subjects(
    context: PageContext,
    title: str,
    under: str,
    item: Column,
    columns: Sequence[Column],
    rows: Sequence[bars.Bar],
    drawn: Indicator,
    year: date,
    name: str,
    *used: Indicator,
) -> None:
    """Draw bars of subjects of one kind in a year, the first ten, with the table and the files of all; name
    -- of the files, with their period."""
    messages, first = context.messages, rows[:MOST]
    _bars(context, title, under, item, columns, first, drawn, year)
    if len(first) < len(rows):
        counts = {"n": messages.count(len(first)), "total": messages.count(len(rows))}
        layout.show(context, prose.caption(messages("ledger.first", **counts)))
    table = presenters.bars_table(title, item, columns, rows, messages("table.empty"))
    if len(first) < len(rows):
        layout.show_twin(context, table, name, *used)
    else:
        layout.show_downloads(context, table, name, *used)


def _bars(
    context: PageContext,
    title: str,
    under: str,
    item: Column,
    columns: Sequence[Column],
    rows: Sequence[bars.Bar],
    drawn: Indicator,
    year: date,
) -> None:
    """Draw a section of bars, and where a bar has a tick what it stands for."""
    messages = context.messages
    layout.show(
        context, prose.section(title, under), bars.bars(title, item, columns, rows, drawn.hue, messages)
    )
    if any(row.reference is not None for row in rows):
        layout.show(context, prose.caption(messages("bars.tick.year", year=str(year.year - 1))))
