"""What a pack is about, and its figures as tables: an open release and a scope arrive, tables leave.

A cell without a row becomes here what it means. No number is computed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from core.presentation import formatting
from core.presentation.formatting import Lang
from dashboards.components.spreadsheet import kind_of
from dashboards.components.table import Cell, Column, Table, figure_cell
from dashboards.figures import AREAS, Figure, Indicator, absent, last_day
from dashboards.i18n import Messages
from dashboards.packs.disclosure import Key
from dashboards.packs.document import Bars, TableBlock
from dashboards.packs.release_reader import ReleaseReader, Row


@dataclass(frozen=True)
class Subject:
    """A scope of an open release, and the territories whose exports feed it, with what they cover."""

    reader: ReleaseReader
    messages: Messages
    scope_type: str
    scope_id: str
    territories: Sequence[Row]
    _read: dict[str, dict[Key, Figure]] = field(default_factory=dict)

    @property
    def lang(self) -> Lang:
        """The language of the pack."""
        return self.messages.lang

    @property
    def instances(self) -> list[str]:
        """The ids of the territories."""
        return [row["instance_id"] for row in self.territories]

    @property
    def data_to(self) -> date:
        """The last day that all of the territories' exports cover, and no later than that of the release."""
        days = [row["data_to"] for row in self.territories if row["data_to"]]
        return min([*days, self.reader.as_of])

    def indicator(self, indicator_id: str) -> Indicator:
        """Return the registry's words as they are said of this scope."""
        return replace(self.reader.indicators[indicator_id], scope_type=self.scope_type)

    def held(self, *indicator_ids: str) -> list[Indicator]:
        """Return those of some indicators that the registry of this release knows."""
        return [self.indicator(i) for i in indicator_ids if i in self.reader.indicators]

    def cells(
        self, indicator_ids: Sequence[str], period_type: str, *, by_item: bool = False, by_area: bool = False
    ) -> dict[Key, Figure]:
        """Return the cells of some indicators by (indicator, item, area, first day of the period), in all
        periods; with their parts by item and by area of need where asked for."""
        return {
            key: figure
            for key, figure in self._figures(period_type).items()
            if key[0] in indicator_ids and (by_item or key[1] == "ALL") and (by_area or key[2] == "ALL")
        }

    def _figures(self, period_type: str) -> dict[Key, Figure]:
        if period_type not in self._read:
            self._read[period_type] = self.reader.figures(self.scope_type, self.scope_id, period_type)
        return self._read[period_type]

    def figure(
        self,
        cells: Mapping[Key, Figure],
        indicator: Indicator,
        period_type: str,
        start: date,
        area: str = "ALL",
    ) -> Figure:
        """Return a cell; where there is none, a true zero or a missing value, as the indicator's kind says;
        missing too where no export holds a day of the period."""
        found = cells.get((indicator.indicator_id, "ALL", area, start))
        if found is not None:
            return found
        made = absent(indicator, self.scope_type, self.scope_id, period_type, start)
        if self._sends(start, last_day(period_type, start)):
            return made
        return replace(made, numerator=None, value=None, mark="missing")

    def _sends(self, first: date, last: date) -> bool:
        return any(
            row["first_period_from"] and row["first_period_from"] <= last and row["data_to"] >= first
            for row in self.territories
            if row["data_to"]
        )

    def years_table(
        self, name: str, caption: str, indicator_ids: Sequence[str], years: Sequence[int], note: str = ""
    ) -> list[TableBlock]:
        """Return one row per year, one column per indicator that the release knows; without any, nothing."""
        indicators = self.held(*indicator_ids)
        if not indicators:
            return []
        cells = self.cells([i.indicator_id for i in indicators], "year")
        rows = [
            [
                self.year_cell(year),
                *(
                    figure_cell(self.figure(cells, i, "year", date(year, 1, 1)), i, self.messages)
                    for i in indicators
                ),
            ]
            for year in years
        ]
        columns = [Column("year", self.messages("pack.column.year")), *self.columns(indicators)]
        return [TableBlock(name, Table(caption, columns, rows, self.messages("table.empty")), note)]

    def year_cell(self, year: int) -> Cell:
        """Return the cell of a year, with the part of it that the exports hold where that is not all."""
        first, last = self.held_of(year)
        text = str(year)
        # The lines of a grant go back to its beginning, however late its territory joined.
        if first > date(year, 1, 1) and self.scope_type != "grant":
            text = self.messages("pack.year.begins", year=year, day=formatting.day_in_table(first, self.lang))
        if last < date(year, 12, 31):
            text = self.messages("pack.year.until", year=text, day=formatting.day_in_table(last, self.lang))
        return Cell(text, str(year))

    def held_of(self, year: int) -> tuple[date, date]:
        """Return the first and the last day of a year that the exports of all territories hold."""
        begins = [row["first_period_from"] for row in self.territories if row["first_period_from"]]
        first = max([date(year, 1, 1), *(day for day in begins if day.year <= year)])
        return first, min(date(year, 12, 31), self.data_to)

    def is_whole(self, year: int) -> bool:
        """Tell whether the exports of all territories hold a year from its first day to its last."""
        begins = [row["first_period_from"] for row in self.territories]
        joined = all(day is not None and day <= date(year, 1, 1) for day in begins)
        return joined and self.data_to >= date(year, 12, 31)

    def areas_table(
        self,
        name: str,
        caption: str,
        indicator_ids: Sequence[str],
        year: int,
        *,
        drawn: str,
        note: str = "",
    ) -> TableBlock:
        """Return one row per area of need that has a cell in the year, and that of all; beside each the bar
        of the indicator `drawn`."""
        indicators, start = self.held(*indicator_ids), date(year, 1, 1)
        cells = self.cells([i.indicator_id for i in indicators], "year", by_area=True)
        found = [
            area for area in AREAS if any((i.indicator_id, "ALL", area, start) in cells for i in indicators)
        ]
        rows, lengths = [], []
        for area in [*found, "ALL"]:
            figures = [self.figure(cells, i, "year", start, area) for i in indicators]
            made = [figure_cell(f, i, self.messages) for f, i in zip(figures, indicators, strict=True)]
            label = self.messages(f"area.{area}") if area != "ALL" else self.messages("pack.all_areas")
            rows.append([Cell(label, area), *made])
            shown = {f.indicator_id: f.amount for f in figures}.get(drawn)
            lengths.append(None if shown is None or area == "ALL" else Decimal(str(shown)))
        columns = [Column("area", self.messages("column.area")), *self.columns(indicators)]
        table = Table(caption, columns, rows if found else [], self.messages("table.empty"))
        hue: Literal["people", "euro"] = (
            "euro" if any(i.hue == "euro" for i in self.held(drawn)) else "people"
        )
        bars = Bars(lengths, [None] * len(lengths), hue) if len(found) > 1 else None
        return TableBlock(name, table, note, has_total=bool(found), bars=bars)

    def columns(self, indicators: Sequence[Indicator]) -> list[Column]:
        """Return the columns of some indicators."""
        return [Column(i.indicator_id, i.name(self.messages), True, kind=kind_of(i.unit)) for i in indicators]

    def euro(self, amount: Decimal) -> str:
        """Return euro to the cent, as ledgers write them."""
        return formatting.euro(amount, self.lang, cents=True)

    def euro_cell(self, amount: Decimal | None) -> Cell:
        """Return the cell of money that is nobody's secret, to the cent; an empty one for none."""
        return Cell("", None) if amount is None else Cell(self.euro(amount), amount)

    def change_cell(self, amount: Decimal) -> Cell:
        """Return the cell of a difference in euro, with its sign."""
        return Cell(f"+{self.euro(amount)}" if amount > 0 else self.euro(amount), amount)

    def share_cell(self, share: float | Decimal | None, *, signed: bool = False) -> Cell:
        """Return the cell of a share, also with a plus where `signed`; an empty one for none."""
        if share is None:
            return Cell("", None)
        text = formatting.share(share, self.lang)
        return Cell(f"+{text}" if signed and share > 0 else text, formatting.recorded(share, "ratio"))


def protected_cells(tables: Sequence[TableBlock]) -> int:
    """Return how many cells of some tables are protected."""
    return sum(cell.mark == "suppressed" for block in tables for row in block.table.rows for cell in row)
