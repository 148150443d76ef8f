"""How far the exports reach: a period and some territories arrive, what is known of it leaves, in facts and
in words.

Every territory sends by itself, so that one may be known up to a day on which another is not. What the
figures are does not belong here.
"""

from dataclasses import dataclass
from datetime import date

from core.presentation import formatting
from dashboards import queries
from dashboards.figures import last_day
from dashboards.page_context import PageContext

# More territories than these are told by their number.
MOST_NAMES = 4


@dataclass(frozen=True)
class ExportCoverage:
    """What the exports of some territories hold of a period (see `data.coverage`)."""

    context: PageContext
    first: date
    last: date
    row: queries.Row

    @property
    def sends(self) -> bool:
        """Whether any export holds a day of the period."""
        return bool(self.row["sending"])

    @property
    def is_open(self) -> bool:
        """Whether the exports of a territory that sends stop before the period ends."""
        return self.sends and self.row["earliest"] < self.last

    @property
    def is_whole(self) -> bool:
        """Whether the exports of all that are expected hold the period from its first day, or from the day
        they joined, to its last."""
        return self.sends and self.row["reporting"] == self.row["expected"]

    @property
    def begins_late(self) -> bool:
        """Whether the first day that any export covers lies within the period."""
        return self.sends and self.row["begins"] > self.first

    def day(self) -> str:
        """Return up to which day the period is known: one day, or between which two, by territory."""
        lang, messages = self.context.lang, self.context.messages
        if not self.sends:
            return messages("reach.none")
        earliest, latest = (formatting.day(self.row[key], lang) for key in ("earliest", "latest"))
        if earliest == latest:
            return messages("reach.one", day=latest)
        return messages("reach.between", first=earliest, last=latest)

    def ends(self) -> dict[str, str]:
        """Return the last day known of every territory that sends, by name, as files write it."""
        return {one["name"]: one["until"].isoformat() for one in self.row["days"]}

    def days_told(self) -> list[str]:
        """Return the sentence that says which territory is known up to which day; nothing where all are known
        up to the same."""
        messages, lang = self.context.messages, self.context.lang
        by_day: dict[date, list[str]] = {}
        for one in sorted(self.row["days"], key=lambda one: (one["until"], one["name"])):
            by_day.setdefault(one["until"], []).append(one["name"])
        if len(by_day) < 2:
            return []
        groups = [
            messages(
                "reach.group",
                day=formatting.day(day, lang),
                names=", ".join(names)
                if len(names) <= MOST_NAMES
                else messages("reach.count", n=messages.count(len(names))),
            )
            for day, names in by_day.items()
        ]
        return [messages("reach.days", groups="; ".join(groups))]


def reach(
    context: PageContext, period_type: str, start: date, instances: tuple[str, ...] | None = None
) -> ExportCoverage:
    """Return what the exports hold of a period: those of some territories, or of all (None)."""
    last = last_day(period_type, start)
    row = queries.coverage(context.database, start, last, instances)
    return ExportCoverage(context, start, last, row)


def known_to(context: PageContext) -> ExportCoverage:
    """Return how far the exports of all territories reach."""
    first = date(1, 1, 1)
    row = queries.coverage(context.database, first, context.as_of)
    return ExportCoverage(context, first, context.as_of, row)


def usual_year(context: PageContext, years: list[date]) -> str | None:
    """Return the year that a page opens with, as the address writes it: the newest that most territories hold
    to its end, so that it is the same on every page; else the newest; None where there is none."""
    for year in sorted(years, reverse=True):
        row = reach(context, "year", year).row
        if row["reporting"] * 2 > row["expected"]:
            return str(year.year)
    return str(max(years).year) if years else None


def provenance(found: ExportCoverage, place: str, names: tuple[str, ...] = ()) -> tuple[str, bool]:
    """Return the line that says where figures come from and up to when, and whether they are incomplete.

    place -- `network` (of so many territories), `own` (a territory itself), `works` or `funds` (the
    territories, by their names, in which an organisation is at work or funds).
    """
    messages, row = found.context.messages, found.row
    total = messages.count(row["expected"])
    if place == "own":
        whose = ""
    elif place == "network":
        n = row["reporting"] if found.is_whole or not found.is_open else len(row["sending"])
        whose = messages("provenance.network", n=messages.count(n), total=total)
    else:
        listed = ", ".join(names) if 0 < len(names) <= MOST_NAMES else ""
        whose = messages(f"provenance.{place}", total=messages.count(len(names)))
        whose += f" ({listed})" if listed else ""
    if not found.sends:
        until = messages("provenance.none")
    elif found.is_open:
        until = messages("provenance.until", day=found.day())
    else:
        day = formatting.day(row["data_to"] or row["latest"], found.context.lang)
        until = messages("provenance.until", day=messages("reach.one", day=day))
    return " · ".join(part for part in (whose, until) if part), not found.is_whole
