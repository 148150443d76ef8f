"""The plan dots (Piano): per intervention the time elapsed, the budget reported, and the gap between.

Hollow dot = time, full dot = budget, both as shares on one axis from 0 to 100%, the gap as a line. They are
exact and public, so nothing is protected; the order of the rows is the page's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboards.words import Words

# More rows than this are no picture: the rest stands in the table.
MOST = 20


@dataclass(frozen=True)
class PlanRow:
    """One row: a title, a line of facts, the two shares 0..1 (None = was not sent), and the gap in words.

    faded -- the intervention is too young to judge.
    """

    title: str
    facts: str
    elapsed: float | None
    reported: float | None
    gap: str
    faded: bool = False


def plan(caption: str, rows: Sequence[PlanRow], words: Words) -> str:
    """Return the rows under one legend in words and one axis with lines at 25, 50 and 75%."""
    key = "".join(
        f'<li><span class="cdv-plan-key cdv-plan-{part}" aria-hidden="true"></span>'
        f"{escape(words(f'plan.{part}.key'))}</li>"
        for part in ("elapsed", "reported")
    )
    items = "".join(_item(row, words) for row in rows)
    return (
        f'<div class="cdv-plan"><ul class="cdv-ledger-key">{key}</ul>'
        f'<ul class="cdv-plan-rows" aria-label="{escape(caption)}">{items}</ul></div>'
    )


def _item(row: PlanRow, words: Words) -> str:
    return (
        f'<li class="{"cdv-faded" if row.faded else ""}"><p class="cdv-ledger-title">'
        f'<strong>{escape(row.title)}</strong><span class="cdv-ledger-facts">{escape(row.facts)}</span></p>'
        f'{_track(row)}<p class="cdv-plan-gap">{escape(row.gap)}</p></li>'
    )


def _track(row: PlanRow) -> str:
    inside = "".join(f'<span class="cdv-plan-line" style="left:{at}%"></span>' for at in (0, 25, 50, 75, 100))
    if row.elapsed is not None and row.reported is not None:
        low, high = sorted((_at(row.elapsed), _at(row.reported)))
        inside += f'<span class="cdv-plan-between" style="left:{low:.1f}%;width:{high - low:.1f}%"></span>'
    for part, value in (("elapsed", row.elapsed), ("reported", row.reported)):
        if value is not None:
            inside += f'<span class="cdv-plan-dot cdv-plan-{part}" style="left:{_at(value):.1f}%"></span>'
    return f'<div class="cdv-plan-track" aria-hidden="true">{inside}</div>'


def _at(value: float) -> float:
    # More than the whole budget may have been reported: the dot stays at the border, the words say how much.
    return 100 * min(max(value, 0.0), 1.0)
