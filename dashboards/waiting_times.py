"""Waits and ways in words and pictures: a subject and a year arrive, a waiting curve or the stages of a way
are drawn with their tables.

A wait is told of those who asked in the year. Those who left before its end are in it as long as they waited:
its days are an estimate for those who do not leave, and beside them stands how many of all came to the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from core.presentation import formatting
from dashboards import layout, presenters, queries
from dashboards.components import mark, prose
from dashboards.components.card import Card
from dashboards.components.table import Cell, Column, Table, count_cell, text_cell
from dashboards.figures import Figure
from dashboards.page_context import PageContext
from dashboards.pictures.curve import DAYS, CurveWords, Guide, Step, curve, ending
from dashboards.pictures.stages import Stage
from dashboards.pictures.stages import stages as stages_picture
from dashboards.presenters import Subject


@dataclass(frozen=True)
class Wait:
    """A wait: its key in the words, and the indicator whose curve it is."""

    key: str
    indicator: str
    hue: str = "time"


SERVICE = Wait("service", "wait_to_service_p50")
ASSESSMENT = Wait("assessment", "wait_to_assessment_p50")
PAYMENT = Wait("payment", "wait_to_payment_p50")
FIRST_USE = Wait("first_use", "voucher_first_use_p50")


def told_of_waits(subject: Subject, cards: list[Card], year: date, area: str = "ALL") -> list[Card]:
    """Return the cards, those of waits that fewer have behind them than the figure asks for with that word in
    the place of the number."""
    context, made = subject.context, []
    for each in cards:
        where = (each.indicator.indicator_id, subject.scope_type, subject.scope_id, area)
        lacks = each.indicator.unit == "days" and each.figure.mark == "missing"
        if lacks and queries.waiting_curve(context.database, *where, year):
            each = replace(each, lacks=context.messages("curve.not_reached"))
        made.append(each)
    return made


def draw_curve(subject: Subject, wait: Wait, year: date, place: str, name: str, area: str = "ALL") -> None:
    """Draw the curve of those who began to wait in a year, beside that of a year before; where it is hidden
    or lacks, the mark of its median stands in its place. place -- whose it is, in the subtitle."""
    context, messages = subject.context, subject.context.messages
    indicator = subject.indicator(wait.indicator)
    if indicator is None:
        return
    where = (wait.indicator, subject.scope_type, subject.scope_id, area)
    points = queries.waiting_curve(context.database, *where, year)
    under = messages(f"curve.under.{wait.key}", name=place, year=str(year.year))
    if not points:
        figure = subject.figure(indicator, "year", year, area)
        layout.show(context, prose.section(messages(f"curve.measure.{wait.key}"), under))
        layout.show(context, mark.pane(figure.mark if not figure.is_shown else "missing", messages))
        empty = curve_table(wait, messages(f"curve.measure.{wait.key}"), {}, context)
        layout.show_downloads(context, empty, f"{name}-{year.year}", indicator)
        return
    reached = queries.waiting_reached(context.database, *where, year)
    title = _finding(wait, reached["half"], context)
    before = date(year.year - 1, 1, 1)
    compared = not presenters.no_comparison(subject, year)
    earlier = queries.waiting_curve(context.database, *where, before) if compared else []
    days = (*DAYS, ending(_guides(wait, reached, context)))
    standing = queries.waiting_at(context.database, *where, year, tuple(sorted(set(days))))
    if reached["half"] is not None:
        under += " " + counted(subject, wait, year, reached["half"], area)
    if earlier:
        under += " " + messages("curve.under.before", before=str(before.year))
    layout.show(context, prose.section(title, under))
    picture = curve(
        f"curve-{wait.key}",
        title,
        _alternative(wait, reached, standing, context),
        [Step(p["day"], p["survival"], p["ci_low"], p["ci_high"]) for p in points],
        [Step(p["day"], p["survival"]) for p in earlier],
        _guides(wait, reached, context),
        [(row["day"], formatting.number(row["at_risk"], context.lang)) for row in standing],
        CurveWords(
            messages(f"curve.days.{wait.key}"),
            messages(f"curve.shares.{wait.key}"),
            messages(f"curve.at_risk.{wait.key}"),
            str(before.year),
        ),
        wait.hue,
        context.lang,
    )
    table = curve_table(wait, title, {before: earlier, year: points}, context)
    layout.show_svg(context, picture, table, f"{name}-{year.year}", indicator)


def counted(subject: Subject, wait: Wait, year: date, days: int, area: str = "ALL") -> str:
    """Return the sentence that says of all waits begun in a year how many had come to their end within some
    days; those who left before are among all. Empty where there is no curve."""
    context, messages = subject.context, subject.context.messages
    where = (wait.indicator, subject.scope_type, subject.scope_id, area)
    found = queries.waiting_ended(context.database, *where, year, days)
    if not found["begun"]:
        return ""
    ended, begun = messages.count(found["ended"]), messages.count(found["begun"])
    if found["begun"] < formatting.SMALL_DENOMINATOR:
        part = messages("curve.counted.part.few", ended=ended, begun=begun)
    else:
        share = formatting.share(found["ended"] / found["begun"], context.lang)
        part = messages("curve.counted.part", ended=ended, begun=begun, share=share)
    return messages(
        f"curve.counted.{wait.key}",
        part=part,
        year=str(year.year),
        days=formatting.days(days, context.lang),
    )


def _finding(wait: Wait, half: int | None, context: PageContext) -> str:
    if half is None:
        return context.messages(f"curve.not_reached.{wait.key}")
    return context.messages(f"curve.title.{wait.key}", days=formatting.days(half, context.lang))


def _guides(wait: Wait, reached: queries.Row, context: PageContext) -> list[Guide]:
    made = []
    for part, share in (("half", 0.5), ("tenth", 0.1)):
        day = reached[part]
        key = f"curve.guide.{part}" if day is not None else f"curve.guide.{part}.not_reached"
        days = "" if day is None else formatting.days(day, context.lang)
        made.append(Guide(share, day, context.messages(key, days=days)))
    return made


def _alternative(wait: Wait, reached: queries.Row, standing: list[queries.Row], context: PageContext) -> str:
    messages, lang = context.messages, context.lang
    told = [_finding(wait, reached["half"], context) + "."]
    counts = ", ".join(
        messages(
            "curve.alternative.day", n=messages.count(row["at_risk"]), day=formatting.days(row["day"], lang)
        )
        for row in standing
    )
    return " ".join([*told, messages(f"curve.alternative.{wait.key}", counts=counts)])


def curve_table(
    wait: Wait, caption: str, curves: dict[date, list[queries.Row]], context: PageContext
) -> Table:
    """Return the points of some curves by the year of their beginning: one row per year and day."""
    messages, lang = context.messages, context.lang

    def part(value: float | None) -> Cell:
        if value is None:
            return Cell(messages("comparison.none"), None)
        return Cell(formatting.share(value, lang), formatting.recorded(value, "ratio"))

    rows = [
        [
            Cell(str(year.year), year.isoformat()),
            count_cell(point["day"], lang),
            part(point["survival"]),
            part(point["ci_low"]),
            part(point["ci_high"]),
            count_cell(point["at_risk"], lang),
        ]
        for year, points in curves.items()
        for point in points
    ]
    columns = [
        Column("period_start", messages(f"way.column.begun.{wait.key}")),
        Column("day", messages("way.column.day"), True),
        Column("share", messages(f"way.column.waiting_share.{wait.key}"), True),
        Column("low", messages("way.column.low"), True),
        Column("high", messages("way.column.high"), True),
        Column("at_risk", messages(f"way.column.at_risk.{wait.key}"), True),
    ]
    return Table(caption, columns, rows, messages("table.empty"))


def draw_stages(
    subject: Subject,
    funnel: str,
    year: date | None,
    title: Callable[[list[queries.Row]], str],
    under: str,
    name: str,
    fallback: Figure,
    area: str = "ALL",
) -> None:
    """Draw the stages of a way and its ways out; where they are hidden or lack, the mark of `fallback`.

    title -- the finding, of the rows of `queries.stages`; name -- of the files, with their period.
    """
    context, messages = subject.context, subject.context.messages
    rows = queries.stages(context.database, funnel, subject.scope_type, subject.scope_id, area, year)
    if not rows or not rows[0]["n"]:
        layout.show(context, prose.section(messages(f"stages.{funnel}.measure"), under))
        if fallback.is_shown and not fallback.amount:
            layout.show(context, prose.caption(messages(f"stages.{funnel}.none")))
        else:
            layout.show(context, mark.pane("missing" if fallback.is_shown else fallback.mark, messages))
        empty = stages_table(messages(f"stages.{funnel}.measure"), funnel, [], context)
        layout.show_downloads(context, empty, name)
        return
    layout.show(context, prose.section(title(rows), under))
    table = stages_table(title(rows), funnel, rows, context)
    drawn = [
        Stage(
            messages(f"stage.{funnel}.{row['stage']}"),
            float(row["n"]),
            formatting.number(row["n"], context.lang),
            _told(row, context),
            row["is_exit"],
        )
        for row in rows
    ]
    said = "; ".join(f"{each.name}: {each.text}" for each in drawn)
    picture = stages_picture(
        f"stages-{funnel}", title(rows), f"{said}.", drawn, messages(f"stages.{funnel}.exits"), "people"
    )
    layout.show_svg(context, picture, table, name)


def _told(row: queries.Row, context: PageContext) -> str:
    parts = []
    if row["share"] and row["share"] < 1:
        parts.append(formatting.share(row["share"], context.lang))
    if row["amount"]:
        parts.append(formatting.euro(row["amount"], context.lang))
    if row["days"] is not None:
        parts.append(context.messages("stages.days", days=formatting.days(row["days"], context.lang)))
    return " · ".join(parts)


def stages_table(caption: str, funnel: str, rows: list[queries.Row], context: PageContext) -> Table:
    """Return the stages of a way as a table: how many, of how many people, their share of the first, euro,
    and the median days since the stage before."""
    messages, lang = context.messages, context.lang
    nothing = Cell("", None)
    has_euro = any(row["amount"] is not None for row in rows)
    made = []
    for row in rows:
        cells = [
            text_cell(messages(f"stage.{funnel}.{row['stage']}")),
            count_cell(row["n"], lang),
            nothing if row["n_persons"] is None else count_cell(row["n_persons"], lang),
            nothing
            if row["share"] is None
            else Cell(formatting.share(row["share"], lang), formatting.recorded(row["share"], "ratio")),
        ]
        if has_euro:
            cells.append(
                nothing
                if row["amount"] is None
                else Cell(formatting.euro(row["amount"], lang, cents=True), row["amount"])
            )
        cells.append(
            nothing
            if row["days"] is None
            else Cell(formatting.days(row["days"], lang), formatting.recorded(row["days"], "days"))
        )
        made.append(cells)
    columns = [
        Column("stage", messages("way.column.stage")),
        Column("n", messages(f"stages.{funnel}.unit"), True),
        Column("persons", messages("column.persons"), True, messages("table.distinct")),
        Column("share", messages("way.column.share_of_first"), True),
        *([Column("amount", messages("way.column.euro"), True)] if has_euro else []),
        Column("days", messages("way.column.days_from_previous"), True),
    ]
    return Table(caption, columns, made, messages("table.empty"))
