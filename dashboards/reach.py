"""How far the exports reach: a period and some territories arrive, what is known of it leaves, in facts and
in words.

Every territory sends by itself, so that one may be known up to a day on which another is not. What the
figures are does not belong here.
"""

from dataclasses import dataclass
from datetime import date

from dashboards import data, numerals
from dashboards.figures import last_day
from dashboards.view import View

# More territories than these are told by their number.
MOST_NAMES = 4


@dataclass(frozen=True)
class Reach:
    """What the exports of some territories hold of a period (see `data.coverage`)."""

    view: View
    first: date
    last: date
    row: data.Row

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
        lang, words = self.view.lang, self.view.words
        if not self.sends:
            return words("reach.none")
        earliest, latest = (numerals.day(self.row[key], lang) for key in ("earliest", "latest"))
        if earliest == latest:
            return words("reach.one", day=latest)
        return words("reach.between", first=earliest, last=latest)

    def ends(self) -> dict[str, str]:
        """Return the last day known of every territory that sends, by name, as files write it."""
        return {one["name"]: one["until"].isoformat() for one in self.row["days"] or []}

    def days_told(self) -> list[str]:
        """Return the sentence that says which territory is known up to which day; nothing where all are known
        up to the same."""
        words, lang = self.view.words, self.view.lang
        by_day: dict[date, list[str]] = {}
        for one in sorted(self.row["days"] or [], key=lambda one: (one["until"], one["name"])):
            by_day.setdefault(one["until"], []).append(one["name"])
        if len(by_day) < 2:
            return []
        groups = [
            words(
                "reach.group",
                day=numerals.day(day, lang),
                names=", ".join(names)
                if len(names) <= MOST_NAMES
                else words("reach.count", n=words.count(len(names))),
            )
            for day, names in by_day.items()
        ]
        return [words("reach.days", groups="; ".join(groups))]


def reach(view: View, period_type: str, start: date, instances: tuple[str, ...] | None = None) -> Reach:
    """Return what the exports hold of a period: those of some territories, or of all (None)."""
    last = last_day(period_type, start)
    row = data.coverage(view.database, start, last, instances)
    return Reach(view, start, last, row)


def known_to(view: View) -> Reach:
    """Return how far the exports of all territories reach."""
    first = date(1, 1, 1)
    row = data.coverage(view.database, first, view.as_of)
    return Reach(view, first, view.as_of, row)


def usual_year(view: View, years: list[date]) -> str | None:
    """Return the year that a page opens with, as the address writes it: the newest that most territories hold
    to its end, so that it is the same on every page; else the newest; None where there is none."""
    for year in sorted(years, reverse=True):
        row = reach(view, "year", year).row
        if row["reporting"] * 2 > row["expected"]:
            return str(year.year)
    return str(max(years).year) if years else None


def provenance(found: Reach, place: str, names: tuple[str, ...] = ()) -> tuple[str, bool]:
    """Return the line that says where figures come from and up to when, and whether they are incomplete.

    place -- `network` (of so many territories), `own` (a territory itself), `works` or `funds` (the
    territories, by their names, in which an organisation is at work or funds).
    """
    words, row = found.view.words, found.row
    total = words.count(row["expected"])
    if place == "own":
        whose = ""
    elif place == "network":
        n = row["reporting"] if found.is_whole or not found.is_open else len(row["sending"])
        whose = words("provenance.network", n=words.count(n), total=total)
    else:
        listed = ", ".join(names) if 0 < len(names) <= MOST_NAMES else ""
        whose = words(f"provenance.{place}", total=words.count(len(names)))
        whose += f" ({listed})" if listed else ""
    if not found.sends:
        until = words("provenance.none")
    elif found.is_open:
        until = words("provenance.until", day=found.day())
    else:
        day = numerals.day(row["data_to"] or row["latest"], found.view.lang)
        until = words("provenance.until", day=words("reach.one", day=day))
    return " · ".join(part for part in (whose, until) if part), not found.is_whole
