"""When a period may be published.

The last day that the data cover and the days of grace arrive, the closed periods leave. A period that the
data do not cover whole is not closed. What is published about it does not belong here.
"""

from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, order=True)
class Period:
    """A month, quarter or year by its first day."""

    kind: str
    start: date

    @classmethod
    def parse(cls, name: str) -> "Period":
        """Return the period of a name, as `name` gives it."""
        if "-Q" in name:
            year, quarter = name.split("-Q")
            return cls("quarter", date(int(year), int(quarter) * 3 - 2, 1))
        kind = "year" if len(name) == 4 else "month"
        return cls(kind, date(int(name[:4]), 1 if kind == "year" else int(name[5:7]), 1))

    @property
    def end(self) -> date:
        """The last day."""
        return _months_later(self.start, MONTHS[self.kind]) - timedelta(days=1)

    @property
    def name(self) -> str:
        """2025, 2025-Q1 or 2025-03."""
        if self.kind == "year":
            return f"{self.start.year}"
        if self.kind == "quarter":
            return f"{self.start.year}-Q{(self.start.month - 1) // 3 + 1}"
        return f"{self.start:%Y-%m}"

    @property
    def year(self) -> str:
        """The name of the year that the period lies in."""
        return f"{self.start.year}"


def closed_periods(kind: str, first_day: date, as_of: date, grace: int) -> list[Period]:
    """Return the closed periods of one kind, oldest first.

    `first_day` and `as_of` are the first and last day that the data cover; `grace` days must have passed
    between the end of a period and `as_of`.
    """
    start = date(first_day.year, 1, 1)
    periods: list[Period] = []
    while True:
        period = Period(kind, start)
        if period.end + timedelta(days=grace) > as_of:
            return periods
        if period.start >= first_day:
            periods.append(period)
        start = _months_later(start, MONTHS[kind])


def _months_later(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
