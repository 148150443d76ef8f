"""A figure and its mark: what a cell of the indicator table holds, and how it may be said.

Rows of the indicator table arrive, `Figure`s and their texts leave. Reading the table and drawing do not
belong here.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from core.presentation import formatting
from core.presentation.formatting import Lang
from dashboards.i18n import Messages

Part = Literal["numerator", "denominator"]
MARKS = ("value", "zero", "suppressed", "missing", "not_collected", "not_applicable", "not_visible")
SHOWN = ("value", "zero")
PARTS: tuple[Part, ...] = ("numerator", "denominator")

# Where the registry counts or adds, a cell with no row is a true zero; a ratio or a wait without rows has
# no value.
ADDITIVE_UNITS = ("EUR", "persons", "count")

AREAS = ("FAM", "DIS", "DIP", "ANZ", "IMM", "POV", "MUL")
# In the order of a budget.
COST_CATEGORIES = (
    "STAFF",
    "SERVICES",
    "GOODS",
    "INVESTMENT",
    "OVERHEAD",
    "TRANSFERS_TO_PERSONS",
    "OTHER",
)
# Under this share of people measured again, an outcome says little about the others.
LEAST_FOLLOWUP = 0.6
# With fewer similar territories than these their median is the figure of one of them, or halfway between two.
LEAST_PEERS = 3
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

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Indicator":
        """Return the words of a row of `dim_indicator`; a release of before may lack some of them."""
        parts = (row.get("numerator"), row.get("denominator"))
        return cls(
            row["indicator_id"],
            row["name_it"],
            row["name_en"],
            row["unit"],
            row.get("definition_it") or "",
            row.get("definition_en") or "",
            row.get("formula") or " / ".join(filter(None, parts)),
            row.get("version"),
        )

    def name(self, messages: Messages) -> str:
        """Return the name as pages say it: the catalogue's where it has a plainer one,
        else the registry's.
        """
        registry = self.name_it if messages.lang == "it" else self.name_en
        key = f"indicator.{self.indicator_id}"
        return messages.known(f"{key}.{self.scope_type}", messages.known(key, registry))

    def definition(self, messages: Messages) -> str:
        """Return the registry's definition, or what the figure is at this kind of scope where the catalogue
        says so."""
        registry = self.definition_it if messages.lang == "it" else self.definition_en
        return messages.known(f"definition.{self.indicator_id}.{self.scope_type}", registry)

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

    def text(self, indicator: Indicator, messages: Messages) -> str:
        """Return the number, or the word of the mark in its place."""
        if self.amount is None:
            return messages(f"mark.{self.mark}")
        return formatting.indicator_value(
            self.amount, indicator.unit, messages.lang, numerator=self.numerator, denominator=self.denominator
        )

    def part_text(self, part: Part, indicator: Indicator, lang: Lang) -> str:
        """Return the numerator or the denominator as it is written where a figure is explained; nothing where
        it may not be printed or there is none.

        A rate per thousand is kept with its numerator times a thousand, which would pass for people.
        """
        number = (self.numerator if part == "numerator" else self.denominator) if self.is_shown else None
        if number is None or (indicator.unit == "per 1000 residents" and part == "numerator"):
            return ""
        if indicator.unit.startswith("EUR") and (part == "numerator" or indicator.unit == "EUR"):
            return formatting.euro(number, lang, cents=True)
        return formatting.number(number, lang, 0 if number == number.to_integral_value() else 2)


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


def not_visible(
    indicator: Indicator, scope_type: str, scope_id: str, period_type: str, period_start: date
) -> Figure:
    """Return the figure of a cell that is not among the viewer's rows: whether it has a number is not
    known, so that none is told."""
    found = absent(indicator, scope_type, scope_id, period_type, period_start)
    return replace(found, numerator=None, value=None, mark="not_visible")
