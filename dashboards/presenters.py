"""From figures to parts: figures arrive, cards, tables and the frames of pictures leave.

This is where a cell without a row becomes a mark, and where the year before is found. No number is computed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import pandas as pd

from core.presentation import formatting
from dashboards import figure_provenance, queries
from dashboards.components.bars import Bar
from dashboards.components.card import Badge, Card
from dashboards.components.table import Cell, Column, Table, figure_cell, text_cell
from dashboards.export_coverage import ExportCoverage, provenance, reach
from dashboards.figures import AREAS, MONTHS_OF, Figure, Indicator, absent, not_visible
from dashboards.page_context import PageContext
from dashboards.pictures.line import Point, Series
from dashboards.quality_scores import WHOLE, badge

Ask = Callable[..., list[Figure]]


@dataclass(frozen=True)
class Subject:
    """What a page is about: a scope, how its figures are asked for, and the territories whose exports feed
    it (None = all), with their place in the scope: network, own, works or funds."""

    context: PageContext
    ask: Ask
    scope_type: str
    scope_id: str
    place: str
    instances: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()

    def indicator(self, indicator_id: str) -> Indicator | None:
        """Return the registry's words as they are said of this scope, or None for an indicator that this
        release does not hold."""
        found = self.context.indicators.get(indicator_id)
        return None if found is None else replace(found, scope_type=self.scope_type)

    def held(self, *indicator_ids: str) -> list[Indicator]:
        """Return those of some indicators that this release holds."""
        return [found for i in indicator_ids if (found := self.indicator(i)) is not None]

    def cells(self, indicators: Sequence[Indicator], period_type: str, **where: object) -> dict:
        """Return the figures of some indicators for this scope, by (indicator_id,
        scope_id, area, period_start).
        """
        ids = tuple(i.indicator_id for i in indicators)
        return queries.by_key(
            self.ask(self.context.database, ids, self.scope_type, self.scope_id, period_type, **where)
        )

    def reach(self, period_type: str, start: date) -> ExportCoverage:
        """Return what the exports that feed this scope hold of a period."""
        return reach(self.context, period_type, start, self.instances)

    def provenance(self, period_type: str, start: date) -> tuple[str, bool]:
        """Return the line that says where the figures of a period come from, and whether
        they are incomplete.
        """
        return provenance(self.reach(period_type, start), self.place, self.names)

    def made(self, indicator: Indicator, figure: Figure) -> list[tuple[str, str]]:
        """Return how a figure of this scope is made, label by label."""
        return figure_provenance.made(self.context, indicator, figure, self.instances)

    def quality(self, period_type: str, start: date) -> Badge | None:
        """Return the badge of this scope's source in a period; None where the scope is no territory or
        provider, or has no score."""
        if self.scope_type not in ("instance", "provider"):
            return None
        found = queries.quality_scores(self.context.database, self.scope_type, self.scope_id)
        scores = {row["month_start"]: row["score"] for row in found if row["dimension"] == WHOLE}
        known = {month: score for month, score in scores.items() if score is not None}
        return badge(known, period_type, start, self.context.messages)

    def figure(self, indicator: Indicator, period_type: str, start: date, area: str = "ALL") -> Figure:
        """Return one figure of the whole scope, or of an area of need in it; without a row,
        what `empty_cell` says."""
        found = self.cells([indicator], period_type, period_start=start, area=area)
        key = (indicator.indicator_id, self.scope_id, area, start)
        return found.get(key) or replace(self.empty_cell(indicator, period_type, start), area=area)

    def items(self, indicator: Indicator, start: date, **where: object) -> dict[str, Figure]:
        """Return the figures of a year of every item of an indicator, by item."""
        found = self.ask(
            self.context.database,
            (indicator.indicator_id,),
            self.scope_type,
            self.scope_id,
            "year",
            period_start=start,
            item="EACH",
            **where,
        )
        return {figure.item: figure for figure in found}

    def empty_cell(self, indicator: Indicator, period_type: str, start: date) -> Figure:
        """Return what a cell without a row means: zero or missing as the indicator's kind says; missing where
        no export holds a day of the period; not visible where the scope is not the viewer's own."""
        where = (indicator, self.scope_type, self.scope_id, period_type, start)
        if not queries.is_own(self.context.database, self.scope_type, self.scope_id):
            return not_visible(*where)
        made = absent(*where)
        if self.reach(period_type, start).sends:
            return made
        return replace(made, numerator=None, value=None, mark="missing")


def whole_network(context: PageContext) -> Subject:
    """Return the whole network as the subject of a page; its figures about persons are the public's."""
    return Subject(context, partial(queries.figures, protected=True), "network", "network", "network")


def placed(
    context: PageContext, ask: Ask, scope_type: str, scope_id: str, place: str, row: queries.Row
) -> Subject:
    """Return an organisation as the subject of a page. row -- its `instances`, or None where the release does
    not say where it is at work."""
    instances = row.get("instances")
    known = {one["instance_id"]: one["name"] for one in queries.territories(context.database)}
    if instances is None:
        return Subject(context, ask, scope_type, scope_id, "own")
    names = tuple(sorted(known.get(i, i) for i in instances))
    return Subject(context, ask, scope_type, scope_id, place, tuple(instances), names)


def covered_name(subject: Subject, period_type: str, start: date) -> str:
    """Return the name of a period with the part of it that the exports hold, where that is not all of it."""
    context, found = subject.context, subject.reach(period_type, start)
    name = formatting.period(period_type, start, context.lang)
    if not found.sends:
        return context.messages("period.not_sent", period=name)
    if found.begins_late:
        name = context.messages(
            "period.begins", period=name, day=formatting.day(found.row["begins"], context.lang)
        )
    return context.messages("period.open", period=name, day=found.day()) if found.is_open else name


def no_comparison(subject: Subject, year: date) -> str:
    """Return why a year does not stand beside the one before; nothing where exports of the same territories
    hold both years whole."""
    context, before = subject.context, date(year.year - 1, 1, 1)
    now, then = subject.reach("year", year), subject.reach("year", before)
    told = {"year": str(year.year), "before": str(before.year)}
    if not then.sends:
        return context.messages("before.not_sent", **told)
    if now.is_open:
        return context.messages("before.open", day=now.day(), **told)
    if then.begins_late and not then.row["covering"]:
        return context.messages("before.begins", day=formatting.day(then.row["begins"], context.lang), **told)
    for found, part in ((then, before), (now, year)):
        if found.row["sending"] != found.row["covering"]:
            return context.messages("before.part", part=str(part.year), **told)
    return "" if now.row["covering"] == then.row["covering"] else context.messages("before.others", **told)


def year_remarks(subject: Subject, year: date) -> list[str]:
    """Return the sentences on what a year does not hold: that exports begin in it or stop before its end."""
    context, found, made = subject.context, subject.reach("year", year), []
    told = {"year": str(year.year)}
    if not found.sends:
        return [context.messages("sentence.year_not_sent", **told)]
    if found.begins_late:
        made.append(
            context.messages("sentence.year_begins", day=formatting.day(found.row["begins"], context.lang))
        )
    if found.is_open:
        made.append(context.messages("sentence.year_open", day=found.day(), **told))
    return made


def missing_from(subject: Subject, year: date) -> list[str]:
    """Return the sentences on whose data a year lacks: territories that are known up to another day, or not
    at all."""
    found = subject.reach("year", year)
    if found.is_open:
        return found.days_told()
    missing = found.row["missing"]
    if found.is_whole or not missing:
        return []
    return [subject.context.messages.counted("sentence.partial", len(missing), names=", ".join(missing))]


def known_day(context: PageContext) -> str:
    """Return the last day of the release, in words."""
    return formatting.day(context.as_of, context.lang)


def year_cards(
    subject: Subject, indicator_ids: Sequence[str], year: date, *, area: str = "ALL", **notes: str
) -> list[Card]:
    """Return the cards of a year, for all areas of need or one, each beside the same figure a year before
    where the two can be compared, or with the reason why not; what the release lacks is left out."""
    before, period = date(year.year - 1, 1, 1), covered_name(subject, "year", year)
    reason, (text, is_partial) = no_comparison(subject, year), subject.provenance("year", year)
    cards, quality = [], subject.quality("year", year)
    for indicator in subject.held(*indicator_ids):
        figure = subject.figure(indicator, "year", year, area)
        earlier = None if reason else (str(before.year), subject.figure(indicator, "year", before, area))
        note, how = notes.get(indicator.indicator_id, ""), subject.made(indicator, figure)
        made = Card(indicator, figure, period, text, earlier, is_partial, note, reason, how)
        cards.append(replace(made, quality=quality))
    return cards


def written(value: float, indicator: Indicator, context: PageContext) -> str:
    """Return a number of an indicator that stands in no cell, as its unit is written."""
    return formatting.indicator_value(value, indicator.unit, context.lang)


def stock_card(subject: Subject, indicator_id: str) -> list[Card]:
    """Return the card of a stock at the end of the data, or nothing where the release does not hold it."""
    month = subject.context.as_of.replace(day=1)
    when = subject.context.messages(
        "period.at", day=formatting.day(subject.context.as_of, subject.context.lang)
    )
    text, is_partial = subject.provenance("year", month.replace(month=1))
    cards, quality = [], subject.quality("month", month)
    for indicator in subject.held(indicator_id):
        figure = subject.figure(indicator, "month", month)
        how = subject.made(indicator, figure)
        cards.append(Card(indicator, figure, when, text, partial=is_partial, made=how, quality=quality))
    return cards


def with_areas(subject: Subject, indicators: Sequence[Indicator], year: date) -> list[Indicator]:
    """Return those of the indicators that have a cell in any area of need in the year."""
    found = subject.cells(indicators, "year", area="EACH", period_start=year)
    known = {key[0] for key in found}
    return [indicator for indicator in indicators if indicator.indicator_id in known]


def area_rows(subject: Subject, indicators: Sequence[Indicator], drawn: Indicator, year: date) -> list[Bar]:
    """Return one bar per area of need that has any figure in the year, with the tick of the year before where
    the two can be compared."""
    messages, found = subject.context.messages, subject.cells(indicators, "year", area="EACH")
    before, rows = date(year.year - 1, 1, 1), []
    if no_comparison(subject, year):
        before = None
    for area in AREAS:
        cells = [found.get((i.indicator_id, subject.scope_id, area, year)) for i in indicators]
        if not any(cells):
            continue
        figures = [
            cell or subject.empty_cell(i, "year", year) for cell, i in zip(cells, indicators, strict=True)
        ]
        shown = figures[list(indicators).index(drawn)]
        earlier = found.get((drawn.indicator_id, subject.scope_id, area, before))
        tick = float(earlier.amount) if earlier is not None and earlier.amount is not None else None
        rows.append(
            Bar(
                messages(f"area.{area}"),
                [figure_cell(f, i, messages) for f, i in zip(figures, indicators, strict=True)],
                None if shown.amount is None else float(shown.amount),
                shown.mark,
                tick,
            )
        )
    return rows


def area_columns(context: PageContext, indicators: Sequence[Indicator]) -> tuple[Column, list[Column]]:
    """Return the columns of bars by area of need; where people are distinct, the head says they do
    not add up.
    """
    messages = context.messages
    notes = {"persons": messages("table.distinct"), "EUR/person": messages("table.area_alone")}
    numbers = [Column(i.indicator_id, i.name(messages), True, notes.get(i.unit, "")) for i in indicators]
    return Column("area", messages("column.area")), numbers


def item_rows(
    subject: Subject, indicator: Indicator, year: date, names: Mapping[str, str], *, amounts: bool = False
) -> list[Bar]:
    """Return one bar per item of an indicator, in the order of their names given, with the tick of the year
    before where the two can be compared; `amounts`: the numerator stands beside, in euro."""
    context, before = subject.context, date(year.year - 1, 1, 1)
    found = subject.items(indicator, year)
    earlier = {} if no_comparison(subject, year) else subject.items(indicator, before)
    rows = []
    for item, name in names.items():
        figure = found.get(item)
        if figure is None:
            continue
        cells = [figure_cell(figure, indicator, context.messages)]
        if amounts:
            cells.append(_amount(figure, context))
        then = earlier.get(item)
        tick = float(then.amount) if then is not None and then.amount is not None else None
        length = None if figure.amount is None else float(figure.amount)
        rows.append(Bar(name, cells, length, figure.mark, tick))
    return rows


def _amount(figure: Figure, context: PageContext) -> Cell:
    if not figure.is_shown or figure.numerator is None:
        return Cell(context.messages(f"mark.{figure.mark}"), None, figure.mark)
    return Cell(formatting.euro(figure.numerator, context.lang), figure.numerator, figure.mark)


def scope_rows(
    context: PageContext,
    scope_type: str,
    names: Mapping[str, str],
    indicators: Sequence[Indicator],
    drawn: Indicator,
    year: date,
    **where: object,
) -> list[Bar]:
    """Return one bar per subject of a kind (providers, consortia, plans) that has any figure in the year, the
    largest first and those whose number is hidden or lacks after them by name, with the tick of the year
    before. Figures are those of the public (`protected`), unless `where` says otherwise."""
    messages, before = context.messages, date(year.year - 1, 1, 1)
    ids = tuple(i.indicator_id for i in indicators)
    asked = {"protected": True, **where}
    found = queries.by_key(queries.figures(context.database, ids, scope_type, None, "year", **asked))
    has_before = not no_comparison(whole_network(context), year)
    rows = []
    for scope, name in names.items():
        cells = [found.get((i.indicator_id, scope, "ALL", year)) for i in indicators]
        if not any(cells):
            continue
        figures = [
            cell
            or (absent if queries.is_own(context.database, scope_type, scope) else not_visible)(
                i, scope_type, scope, "year", year
            )
            for cell, i in zip(cells, indicators, strict=True)
        ]
        shown = figures[list(indicators).index(drawn)]
        earlier = found.get((drawn.indicator_id, scope, "ALL", before)) if has_before else None
        tick = float(earlier.amount) if earlier is not None and earlier.amount is not None else None
        texts = [figure_cell(f, i, messages) for f, i in zip(figures, indicators, strict=True)]
        length = None if shown.amount is None else float(shown.amount)
        rows.append(Bar(name, texts, length, shown.mark, tick))
    return sorted(rows, key=lambda row: (row.length is None, -(row.length or 0), row.label))


def bars_table(
    caption: str, item: Column, columns: Sequence[Column], rows: Sequence[Bar], empty: str
) -> Table:
    """Return bars as a table, for the files."""
    return Table(caption, [item, *columns], [[text_cell(row.label), *row.cells] for row in rows], empty)


def line_points(subject: Subject, indicators: Sequence[Indicator], period_type: str) -> pd.DataFrame:
    """Return the points of some indicators over all periods, one row per series and period."""
    context, found = subject.context, subject.cells(indicators, period_type)
    starts = _unbroken(period_type, sorted({key[3] for key in found}))
    points = []
    for indicator in indicators:
        for start in starts:
            figure = found.get(
                (indicator.indicator_id, subject.scope_id, "ALL", start)
            ) or subject.empty_cell(indicator, period_type, start)
            points.append(
                {
                    "key": indicator.indicator_id,
                    "start": start.isoformat(),
                    "series": indicator.name(context.messages),
                    "period": formatting.period(period_type, start, context.lang),
                    "tick": formatting.period_on_axis(period_type, start, context.lang),
                    "value": None if figure.amount is None else float(figure.amount),
                    "text": figure.text(indicator, context.messages),
                    "mark": figure.mark,
                    "raw": figure_cell(figure, indicator, context.messages).raw,
                    "letter": "" if figure.is_shown else context.messages(f"mark.{figure.mark}.letter"),
                    "open": subject.reach(period_type, start).is_open,
                }
            )
    columns = ["key", "start", "series", "period", "tick", "value", "text", "mark", "raw", "letter", "open"]
    frame = pd.DataFrame(points, columns=columns)
    return frame.assign(value=pd.to_numeric(frame["value"]))


def _unbroken(period_type: str, starts: list[date]) -> list[date]:
    # A period without a row stays on the axis: time has no holes.
    if not starts:
        return []
    step, filled = MONTHS_OF[period_type], [starts[0]]
    while filled[-1] < starts[-1]:
        month = filled[-1].month - 1 + step
        filled.append(date(filled[-1].year + month // 12, month % 12 + 1, 1))
    return filled


def line_table(caption: str, points: pd.DataFrame, period_label: str, empty: str) -> Table:
    """Return the points of a line as a table: one row per period, one column per series."""
    names = dict(zip(points["series"], points["key"], strict=True))
    rows = []
    for period, start in dict(zip(points["period"], points["start"], strict=True)).items():
        here = points[points["period"] == period].set_index("series")
        cells = [Cell(here.loc[n, "text"], here.loc[n, "raw"], here.loc[n, "mark"]) for n in names]
        rows.append([Cell(period, start), *cells])
    columns = [Column(key, name, True) for name, key in names.items()]
    return Table(caption, [Column("period_start", period_label), *columns], rows, empty)


def line_series(points: pd.DataFrame) -> list[Series]:
    """Return the series of a line, as `pictures.line` draws them, of what `line_points` gives."""
    return [
        Series(
            str(name),
            [
                Point(
                    row.period,
                    None if pd.isna(row.value) else float(row.value),
                    row.text,
                    row.letter,
                    row.mark,
                    row.open,
                    row.tick,
                )
                for row in found.itertuples()
            ],
        )
        for name, found in points.groupby("series", sort=False)
    ]
