"""From figures to parts: figures arrive, cards, tables and the frames of pictures leave.

This is where a cell without a row becomes a mark, and where the year before is found. No number is computed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from dashboards import data, making, numerals
from dashboards.figures import AREAS, MONTHS_OF, Figure, Indicator, absent
from dashboards.parts.bars import Bar
from dashboards.parts.card import Card
from dashboards.parts.table import Cell, Column, Table, figure_cell, text_cell
from dashboards.pictures.line import Point, Series, alternative
from dashboards.reach import Reach, provenance, reach
from dashboards.view import View

Ask = Callable[..., list[Figure]]


@dataclass(frozen=True)
class Subject:
    """What a page is about: a scope, how its figures are asked for, and the territories whose exports feed
    it (None = all), with their place in the scope: network, own, works or funds."""

    view: View
    ask: Ask
    scope_type: str
    scope_id: str
    place: str
    instances: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()

    def indicator(self, indicator_id: str) -> Indicator | None:
        """Return the registry's words as they are said of this scope, or None for an indicator that this
        release does not hold."""
        found = self.view.indicators.get(indicator_id)
        return None if found is None else replace(found, scope_type=self.scope_type)

    def held(self, *indicator_ids: str) -> list[Indicator]:
        """Return those of some indicators that this release holds."""
        return [found for i in indicator_ids if (found := self.indicator(i)) is not None]

    def cells(self, indicators: Sequence[Indicator], period_type: str, **where: object) -> dict:
        """Return the figures of some indicators for this scope, by (indicator_id,
        scope_id, area, period_start).
        """
        ids = tuple(i.indicator_id for i in indicators)
        return data.by_key(
            self.ask(self.view.database, ids, self.scope_type, self.scope_id, period_type, **where)
        )

    def reach(self, period_type: str, start: date) -> Reach:
        """Return what the exports that feed this scope hold of a period."""
        return reach(self.view, period_type, start, self.instances)

    def provenance(self, period_type: str, start: date) -> tuple[str, bool]:
        """Return the line that says where the figures of a period come from, and whether
        they are incomplete.
        """
        return provenance(self.reach(period_type, start), self.place, self.names)

    def made(self, indicator: Indicator, figure: Figure) -> list[tuple[str, str]]:
        """Return how a figure of this scope is made, label by label."""
        return making.made(self.view, indicator, figure, self.instances)

    def figure(self, indicator: Indicator, period_type: str, start: date) -> Figure:
        """Return one figure of the whole scope; without a row, what `empty_cell` says."""
        found = self.cells([indicator], period_type, period_start=start)
        key = (indicator.indicator_id, self.scope_id, "ALL", start)
        return found.get(key) or self.empty_cell(indicator, period_type, start)

    def empty_cell(self, indicator: Indicator, period_type: str, start: date) -> Figure:
        """Return what a cell without a row means: zero or missing as the indicator's kind says; missing where
        no export holds a day of the period."""
        made = absent(indicator, self.scope_type, self.scope_id, period_type, start)
        if self.reach(period_type, start).sends:
            return made
        return replace(made, numerator=None, value=None, mark="missing")


def placed(view: View, ask: Ask, scope_type: str, scope_id: str, place: str, row: data.Row) -> Subject:
    """Return an organisation as the subject of a page. row -- its `instances`, or None where the release does
    not say where it is at work."""
    instances = row.get("instances")
    known = {one["instance_id"]: one["name"] for one in data.instances(view.database)}
    if instances is None:
        return Subject(view, ask, scope_type, scope_id, "own")
    names = tuple(sorted(known.get(i, i) for i in instances))
    return Subject(view, ask, scope_type, scope_id, place, tuple(instances), names)


def covered_name(subject: Subject, period_type: str, start: date) -> str:
    """Return the name of a period with the part of it that the exports hold, where that is not all of it."""
    view, found = subject.view, subject.reach(period_type, start)
    name = numerals.period(period_type, start, view.lang)
    if not found.sends:
        return view.words("period.not_sent", period=name)
    if found.begins_late:
        name = view.words("period.begins", period=name, day=numerals.day(found.row["begins"], view.lang))
    return view.words("period.open", period=name, day=found.day()) if found.is_open else name


def no_comparison(subject: Subject, year: date) -> str:
    """Return why a year does not stand beside the one before; nothing where exports of the same territories
    hold both years whole."""
    view, before = subject.view, date(year.year - 1, 1, 1)
    now, then = subject.reach("year", year), subject.reach("year", before)
    told = {"year": str(year.year), "before": str(before.year)}
    if not then.sends:
        return view.words("before.not_sent", **told)
    if now.is_open:
        return view.words("before.open", day=now.day(), **told)
    if then.begins_late and not then.row["covering"]:
        return view.words("before.begins", day=numerals.day(then.row["begins"], view.lang), **told)
    for found, part in ((then, before), (now, year)):
        if found.row["sending"] != found.row["covering"]:
            return view.words("before.part", part=str(part.year), **told)
    return "" if now.row["covering"] == then.row["covering"] else view.words("before.others", **told)


def year_remarks(subject: Subject, year: date) -> list[str]:
    """Return the sentences on what a year does not hold: that exports begin in it or stop before its end."""
    view, found, made = subject.view, subject.reach("year", year), []
    told = {"year": str(year.year)}
    if not found.sends:
        return [view.words("sentence.year_not_sent", **told)]
    if found.begins_late:
        made.append(view.words("sentence.year_begins", day=numerals.day(found.row["begins"], view.lang)))
    if found.is_open:
        made.append(view.words("sentence.year_open", day=found.day(), **told))
    return made


def missing_from(subject: Subject, year: date) -> list[str]:
    """Return the sentences on whose data a year lacks: territories that are known up to another day, or not
    at all."""
    found = subject.reach("year", year)
    if found.is_open:
        return found.days_told()
    missing = found.row["missing"] or []
    if found.is_whole or not missing:
        return []
    return [subject.view.words.counted("sentence.partial", len(missing), names=", ".join(missing))]


def year_cards(subject: Subject, indicator_ids: Sequence[str], year: date, **notes: str) -> list[Card]:
    """Return the cards of a year, each beside the same figure a year before where the two can be compared, or
    with the reason why not; what the release lacks is left out."""
    before, period = date(year.year - 1, 1, 1), covered_name(subject, "year", year)
    reason, (text, is_partial) = no_comparison(subject, year), subject.provenance("year", year)
    cards = []
    for indicator in subject.held(*indicator_ids):
        figure = subject.figure(indicator, "year", year)
        earlier = None if reason else (str(before.year), subject.figure(indicator, "year", before))
        note, how = notes.get(indicator.indicator_id, ""), subject.made(indicator, figure)
        cards.append(Card(indicator, figure, period, text, earlier, is_partial, note, reason, how))
    return cards


def stock_card(subject: Subject, indicator_id: str) -> list[Card]:
    """Return the card of a stock at the end of the data, or nothing where the release does not hold it."""
    month = subject.view.as_of.replace(day=1)
    when = subject.view.words("period.at", day=numerals.day(subject.view.as_of, subject.view.lang))
    text, is_partial = subject.provenance("year", month.replace(month=1))
    cards = []
    for indicator in subject.held(indicator_id):
        figure = subject.figure(indicator, "month", month)
        how = subject.made(indicator, figure)
        cards.append(Card(indicator, figure, when, text, partial=is_partial, made=how))
    return cards


def with_areas(subject: Subject, indicators: Sequence[Indicator], year: date) -> list[Indicator]:
    """Return those of the indicators that have a cell in any area of need in the year."""
    found = subject.cells(indicators, "year", area="EACH", period_start=year)
    known = {key[0] for key in found}
    return [indicator for indicator in indicators if indicator.indicator_id in known]


def area_rows(subject: Subject, indicators: Sequence[Indicator], drawn: Indicator, year: date) -> list[Bar]:
    """Return one bar per area of need that has any figure in the year, with the tick of the year before where
    the two can be compared."""
    words, found = subject.view.words, subject.cells(indicators, "year", area="EACH")
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
                words(f"area.{area}"),
                [figure_cell(f, i, words) for f, i in zip(figures, indicators, strict=True)],
                None if shown.amount is None else float(shown.amount),
                shown.mark,
                tick,
            )
        )
    return rows


def area_columns(view: View, indicators: Sequence[Indicator]) -> tuple[Column, list[Column]]:
    """Return the columns of bars by area of need; where people are distinct, the head says they do
    not add up.
    """
    words = view.words
    notes = {"persons": words("table.distinct"), "EUR/person": words("table.area_alone")}
    numbers = [Column(i.indicator_id, i.name(words), True, notes.get(i.unit, "")) for i in indicators]
    return Column("area", words("column.area")), numbers


def bars_table(
    caption: str, item: Column, columns: Sequence[Column], rows: Sequence[Bar], empty: str
) -> Table:
    """Return bars as a table, for the files."""
    return Table(caption, [item, *columns], [[text_cell(row.label), *row.cells] for row in rows], empty)


def line_points(subject: Subject, indicators: Sequence[Indicator], period_type: str) -> pd.DataFrame:
    """Return the points of some indicators over all periods, as `charts.line` wants them."""
    view, found = subject.view, subject.cells(indicators, period_type)
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
                    "series": indicator.name(view.words),
                    "period": numerals.period(period_type, start, view.lang),
                    "tick": numerals.period_on_axis(period_type, start, view.lang),
                    "value": None if figure.amount is None else float(figure.amount),
                    "text": figure.text(indicator, view.words),
                    "mark": figure.mark,
                    "raw": figure_cell(figure, indicator, view.words).raw,
                    "letter": "" if figure.is_shown else view.words(f"mark.{figure.mark}.letter"),
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


def line_alternative(view: View, points: pd.DataFrame) -> str:
    """Return the sentence that stands for a line; points have a series, period, value, text and mark."""
    series = [
        Series(
            str(name),
            [
                Point(row.period, None if pd.isna(row.value) else float(row.value), row.text, mark=row.mark)
                for row in found.itertuples()
            ],
        )
        for name, found in points.groupby("series", sort=False)
    ]
    return alternative(series, view.words)
