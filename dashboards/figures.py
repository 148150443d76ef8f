"""A figure and its mark: what a cell of the indicator table holds, and how it may be said.

Rows of the indicator table arrive, `Figure`s and their texts leave. Reading the table and drawing do not
belong here.
"""

import calendar
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dashboards import numerals
from dashboards.words import Words

MARKS = ("value", "zero", "suppressed", "missing", "not_collected", "not_applicable")
SHOWN = ("value", "zero")

# Where the registry counts or adds, a cell with no row is a true zero; a ratio or a wait without rows has
# no value.
ADDITIVE_UNITS = ("EUR", "persons", "count")

AREAS = ("FAM", "DIS", "DIP", "ANZ", "IMM", "POV", "MUL")
MONTHS_OF = {"year": 12, "quarter": 3, "month": 1}


def last_day(period_type: str, start: date) -> date:
    """Return the last day of a period."""
    month = start.month + MONTHS_OF[period_type] - 1
    return date(start.year, month, calendar.monthrange(start.year, month)[1])


@dataclass(frozen=True)
class Indicator:
    """What the registry says of an indicator: its names, its unit, its definition, formula and version (may
    be empty); and the kind of scope it is told of, where that changes its name."""

    indicator_id: str
    name_it: str
    name_en: str
    unit: str
    definition_it: str = ""
    definition_en: str = ""
    formula: str = ""
    version: int | None = None
    scope_type: str = ""

    def name(self, words: Words) -> str:
        """Return the name as pages say it: the catalogue's where it has a plainer one,
        else the registry's.
        """
        registry = self.name_it if words.lang == "it" else self.name_en
        key = f"indicator.{self.indicator_id}"
        return words.known(f"{key}.{self.scope_type}", words.known(key, registry))

    def definition(self, words: Words) -> str:
        """Return the registry's definition, or what the figure is at this kind of scope where the catalogue
        says so."""
        registry = self.definition_it if words.lang == "it" else self.definition_en
        return words.known(f"definition.{self.indicator_id}.{self.scope_type}", registry)

    @property
    def hue(self) -> str:
        """What the indicator counts, as the colours know it: people, euro, time or data."""
        if self.unit.startswith("EUR"):
            return "euro"
        return "time" if self.unit == "days" else "people"


@dataclass(frozen=True)
class Figure:
    """One cell: where it stands, its numbers (Decimal; null where the mark hides or lacks them), its mark."""

    indicator_id: str
    scope_type: str
    scope_id: str
    item: str
    area: str
    period_type: str
    period_start: date
    numerator: Decimal | None
    denominator: Decimal | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    mark: str

    @property
    def is_shown(self) -> bool:
        """Whether the number may be printed."""
        return self.mark in SHOWN

    @property
    def amount(self) -> Decimal | float | None:
        """The number to print: the exact numerator of a sum or a count, else the value."""
        if not self.is_shown:
            return None
        if self.denominator is None and self.numerator is not None:
            return self.numerator
        return self.value

    def text(self, indicator: Indicator, words: Words) -> str:
        """Return the number, or the word of the mark in its place."""
        if self.amount is None:
            return words(f"mark.{self.mark}")
        return numerals.indicator_value(
            self.amount, indicator.unit, words.lang, numerator=self.numerator, denominator=self.denominator
        )


def absent(
    indicator: Indicator, scope_type: str, scope_id: str, period_type: str, period_start: date
) -> Figure:
    """Return the figure of a cell for which the private table has no row: zero where one
    adds, else missing.
    """
    additive = indicator.unit in ADDITIVE_UNITS
    zero = Decimal(0) if additive else None
    return Figure(
        indicator.indicator_id,
        scope_type,
        scope_id,
        "ALL",
        "ALL",
        period_type,
        period_start,
        zero,
        None,
        0.0 if additive else None,
        None,
        None,
        "zero" if additive else "missing",
    )
