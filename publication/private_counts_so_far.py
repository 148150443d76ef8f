"""Hides counts so far of the private side that would tell, by their growth, how many were added in a period.

The figures about persons with whether each is hidden (`memory.cell`) arrive; further ones are hidden. Lines
of figures that add up do not belong here.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import duckdb

from publication.bulk_insert import insert_rows
from publication.policy import DisclosurePolicy

_MONTHS = {"year": 12, "quarter": 3, "month": 1}
# What counts so far, the column with the count, and what counts the same in one period. The item of a target
# is the indicator that it is about. Pairs are counted for persons, so that what they leave over is a bound.
_SO_FAR = """
    select cell, scope_id, period_type, period_start, hidden, is_printed, denominator as n,
        'outcome_improved' as added, true as is_persons
    from memory.cell where indicator_id = 'cost_per_improved' and area = 'ALL' and population_group = 'ALL'
    union all
    select cell, scope_id, period_type, period_start, hidden, is_printed, numerator, item, false
    from memory.cell
    where indicator_id = 'target_progress' and item in ('deliveries', 'persons_served')
        and area = 'ALL' and population_group = 'ALL'"""
_ADDED = """
    select indicator_id as added, scope_id, period_type, period_start, hidden, numerator as n
    from memory.cell
    where scope_type = 'grant' and item = 'ALL' and area = 'ALL' and population_group = 'ALL'
        and indicator_id in ('outcome_improved', 'deliveries', 'persons_served')"""


@dataclass
class _Growth:
    """The counts so far of one intervention, by the month after which each was taken, and what each period
    added; months are counted from year 0."""

    is_persons: bool
    few: int
    shown: dict[int, float] = field(default_factory=dict)
    added: dict[str, dict[int, tuple[bool, float]]] = field(default_factory=lambda: defaultdict(dict))

    def shows(self, end: int, count: float) -> bool:
        """Whether the count may stand beside those shown before and after it; if so it is shown."""
        ends = sorted(self.shown)
        at = bisect_left(ends, end)
        if end not in self.shown:
            before = ends[at - 1] if at else None
            if self._tells(before, end, count - (self.shown[before] if before is not None else 0)):
                return False
            if at < len(ends) and self._tells(end, ends[at], self.shown[ends[at]] - count):
                return False
        self.shown[end] = count
        return True

    def _tells(self, after: int | None, end: int, growth: float) -> bool:
        """Whether the growth between two counts is of few, or what is left of it for what is hidden is."""
        if self.is_persons and 0 < abs(growth) < self.few:
            return True
        for kind, length in _MONTHS.items():
            if end % length or (after is not None and after % length):
                continue
            between = [
                of
                for start, of in self.added[kind].items()
                if (after is None or start >= after) and start + length <= end
            ]
            hidden = sum(is_hidden for is_hidden, _ in between)
            left = growth - sum(n for is_hidden, n in between if not is_hidden)
            if left > 0 and (hidden == 1 or (hidden and left < self.few)):
                return True
        return False


def hide_counts_so_far(connection: duckdb.DuckDBPyConnection, policy: DisclosurePolicy) -> int:
    """Hide in `memory.cell` what counts so far where its growth from one shown count to the next is of few
    persons, or leaves for one hidden figure of a period, or for several of few together, what they were;
    return how many were hidden. Ends of years are shown before those of quarters, these before months.
    """
    growths: dict[tuple[str, str], _Growth] = {}
    cells = connection.execute(
        f"select * from ({_SO_FAR}) where n is not null order by scope_id, added, period_start"
    ).fetchall()
    for _, scope, *_, added, is_persons in cells:
        growths.setdefault((scope, added), _Growth(is_persons, policy.normal))
    for added, scope, kind, start, hidden, n in connection.execute(_ADDED).fetchall():
        if (scope, added) in growths:
            growths[scope, added].added[kind][_month(start)] = (hidden, float(n or 0))
    hiding: list[tuple[int]] = []
    for kind in _MONTHS:
        for cell, scope, of, start, hidden, is_printed, n, added, _ in cells:
            if of != kind or hidden:
                continue
            end, growth = _month(start) + _MONTHS[kind], growths[scope, added]
            if is_printed:
                growth.shown[end] = float(n)
            elif not growth.shows(end, float(n)):
                hiding.append((cell,))
    connection.execute("create or replace table memory.newly (cell bigint)")
    insert_rows(connection, "memory.newly", hiding)
    connection.execute("update memory.cell set hidden = true from memory.newly where cell.cell = newly.cell")
    return len(hiding)


def _month(start: date) -> int:
    return start.year * 12 + start.month - 1
