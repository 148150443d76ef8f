"""The plan dots (Piano): per intervention the time elapsed, the budget reported, and the gap between.

Hollow dot = time, full dot = budget, both as shares on one axis from 0 to 100%, the gap as a line. They are
exact and public, so nothing is protected; the order of the rows is the page's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from core.presentation.rendering import macro
from dashboards.i18n import Messages

# More rows than this are no picture: the rest stands in the table.
MOST = 10


@dataclass(frozen=True)
class PlanRow:
    """One row: a title, a line of facts, the two shares 0..1 (None = was not sent), and the gap in words.

    faded -- the intervention is too young to judge; address -- where its title leads, or nothing.
    """

    title: str
    facts: str
    elapsed: float | None
    reported: float | None
    gap: str
    faded: bool = False
    address: str = ""


@dataclass(frozen=True)
class _Between:
    """The line between the two dots of a row, in percent of the axis."""

    left: str
    width: str


@dataclass(frozen=True)
class _Drawn:
    """A row as it is written: the dots that it has, and the line between them where it has both."""

    title: str
    facts: str
    faded: bool
    address: str
    gap: str
    dots: Sequence[tuple[str, str]]
    between: _Between | None


def plan(caption: str, rows: Sequence[PlanRow], messages: Messages) -> Markup:
    """Return the rows under one legend in words and one axis with lines at 25, 50 and 75%."""
    key = [(part, messages(f"plan.{part}.key")) for part in ("elapsed", "reported")]
    return macro("plan", "plan")(caption, key, [_drawn(row) for row in rows])


def _drawn(row: PlanRow) -> _Drawn:
    shares = [(part, value) for part in ("elapsed", "reported") if (value := getattr(row, part)) is not None]
    between = None
    if row.elapsed is not None and row.reported is not None:
        low, high = sorted((_at(row.elapsed), _at(row.reported)))
        between = _Between(f"{low:.1f}%", f"{high - low:.1f}%")
    dots = [(part, f"{_at(value):.1f}%") for part, value in shares]
    return _Drawn(row.title, row.facts, row.faded, row.address, row.gap, dots, between)


def _at(value: float) -> float:
    # More than the whole budget may have been reported: the dot stays at the border, the words say how much.
    return 100 * min(max(value, 0.0), 1.0)
