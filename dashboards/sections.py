"""The sections that several pages share: a subject and its indicators arrive, a picture with its table and
files is drawn.

What a page asks, and in which order, does not belong here.
"""

from collections.abc import Sequence
from datetime import date

from dashboards import compose, frame
from dashboards.charts.line import draw_line
from dashboards.compose import Subject
from dashboards.figures import Indicator
from dashboards.parts import bars, mark, prose

_HUES = ("vetro", "terra", "prugna", "cielo")


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
    held = compose.with_areas(subject, indicators, year)
    if not held:
        return
    view, words = subject.view, subject.view.words
    drawn = drawn if drawn in held else held[0]
    rows = compose.area_rows(subject, held, drawn, year)
    item, columns = compose.area_columns(view, held)
    under = words("areas.under", year=str(year.year), drawn=drawn.name(words))
    frame.show(view, prose.section(title, under), bars.bars(title, item, columns, rows, drawn.hue, words))
    if any(row.reference is not None for row in rows):
        frame.show(view, prose.caption(words("bars.tick.year", year=str(year.year - 1))))
    table = compose.bars_table(title, item, columns, rows, words("table.empty"))
    frame.show_downloads(view, table, f"{name}-{year.year}", *held)


def over_time(
    subject: Subject, title: str, under: str, indicators: Sequence[Indicator], period_type: str, name: str
) -> None:
    """Draw up to four indicators over all periods as lines; nothing where there are fewer
    than two periods.
    """
    view, words = subject.view, subject.view.words
    points = compose.line_points(subject, indicators, period_type)
    if points["period"].nunique() < 2:
        return
    frame.show(view, prose.section(title, under))
    name = f"{name}-{points['start'].min()[:7]}-{points['start'].max()[:7]}"
    table = compose.line_table(title, points, words("column.period"), words("table.empty"))
    if points["value"].isna().all():
        # Axes without a line would look like nothing at all: one pane says why.
        frame.show(view, mark.pane(points.iloc[-1]["mark"], words))
        frame.show_twin(view, table, name, *indicators)
        return
    hues = dict(zip(dict.fromkeys(points["series"]), _HUES, strict=False))
    figure = draw_line(points, theme=view.theme, lang=view.lang, hues=hues)
    frame.show_picture(view, figure, compose.line_alternative(view, points), table, name, *indicators)
