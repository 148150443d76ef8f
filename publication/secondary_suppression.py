"""Hides what must be hidden besides the sensitive cells, so that nothing can be worked out.

Cells with primary protection, and the relations that tie them, arrive; further cells get their reason, until
for every sensitive cell another table exists that agrees with everything printed and holds a value far
enough away. Each such table is found by a linear programme that pays for every printed cell it has to
change; the cells it changes are hidden. Which cells are sensitive by themselves, and attacking the result,
do not belong here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from publication.cells import COUNT_PROTECTED, FEW_PERSONS, SECONDARY, SMALL_COUNT, Cell, CellSystem, Key
from publication.policy import DisclosurePolicy
from publication.relations import Group, lower_bound, tie
from publication.single_class import matching_place
from publication.table_list import COUNT, Measure, TableList
from publication.witness import UndecidedError, Witnesses

TOTAL_WEIGHT = 6.0


class ProtectionError(Exception):
    """No set of hidden cells protects everything; names the place and never a value."""


@dataclass(frozen=True)
class ProtectionReport:
    """How many cells there are, and how many were hidden first and besides."""

    cells: int
    primary: int
    secondary: int
    programmes: int


def protect(
    system: CellSystem,
    table_list: TableList,
    policy: DisclosurePolicy,
    progress: Callable[[int, int], None] | None = None,
) -> ProtectionReport:
    """Set the reason of every cell that must be hidden besides. Raises ProtectionError when
    that is impossible.
    """
    hide_matching_amounts(system, table_list, system.cells.values())
    primary = sum(cell.hidden for cell in system.cells.values())
    programmes = 0
    # Hiding a count hides its amounts, never the other way round: groups with counts come first.
    groups = sorted(tie(system, table_list), key=lambda group: not _has_count(group, table_list))
    for done, group in enumerate(groups, start=1):
        if group.relations or any(pair.part in group.keys for pair in system.apart):
            programmes += _GroupProtector(group, system, table_list, policy).protect()
        if progress:
            progress(done, len(groups))
    hidden = sum(cell.hidden for cell in system.cells.values())
    return ProtectionReport(len(system.cells), primary, hidden - primary, programmes)


def protect_group(
    group: Group, system: CellSystem, table_list: TableList, policy: DisclosurePolicy
) -> list[tuple[Cell, float, float]]:
    """Protect one group of tied cells; return the hidden ones with the doubt below and above that each needs.
    Raises ProtectionError."""
    _GroupProtector(group, system, table_list, policy).protect()
    return [
        (cell, *required_distance(cell, table_list.measures[cell.measure], policy))
        for cell in group.cells
        if cell is not None and cell.hidden
    ]


def hide_matching_amounts(system: CellSystem, table_list: TableList, cells: Iterable[Cell]) -> list[Cell]:
    """Hide every amount whose count is hidden; return the amounts hidden now."""
    hidden = []
    for cell in list(cells):
        if not cell.hidden:
            continue
        for amount in table_list.measures.values():
            if amount.count != cell.measure:
                continue
            match = system.cells.get((amount.name, matching_place(amount, cell, table_list)))
            if match is None or match.frozen or match.value == 0 or match.absent is not None:
                continue
            if match.reason in (None, SECONDARY):
                match.reason = COUNT_PROTECTED
                hidden.append(match)
    return hidden


def _has_count(group: Group, table_list: TableList) -> bool:
    return any(table_list.measures[name].kind == COUNT for name, _ in group.keys)


def required_distance(cell: Cell, measure: Measure, policy: DisclosurePolicy) -> tuple[float, float]:
    """How far below and above the truth a reader must be left in doubt; (0, 0) where nothing is required.

    A hidden count needs an interval as wide as its threshold, all of it above: nobody can tell where in it
    the truth lies, nor whether it was hidden for its own sake. An amount needs its share on both sides, and a
    small number of deliveries as much as a count; hidden only to cover others, it needs nothing.
    """
    if cell.demand is not None:
        return cell.demand
    if measure.kind == COUNT:
        return 0.0, float(cell.threshold) if cell.hidden else 0.0
    if cell.reason in (None, SECONDARY):
        return 0.0, 0.0
    value = float(abs(cell.value))
    share = policy.protection * value
    # A reader knows the lower bound anyway: nothing can be asked for beyond it.
    below = min(share, max(0.0, float(cell.value - lower_bound(cell, measure))))
    if measure.whole and value < cell.threshold:
        return below, max(share, float(cell.threshold))
    return below, share


class _GroupProtector:
    """One group of tied cells and the programme over them: columns are rises and falls of the true values."""

    def __init__(self, group: Group, system: CellSystem, table_list: TableList, policy: DisclosurePolicy):
        self._group = group
        self._system = system
        self._list = table_list
        self._policy = policy
        self._size = len(group.keys)
        self._rise = np.zeros(self._size)
        self._fall = np.zeros(self._size)
        self._room = np.array([self._down_room(i) for i in range(self._size)])
        self._apart = self._pairs()
        self._witnesses = Witnesses(
            group, self._room, [self._cost(i) for i in range(self._size)], [terms for terms, _ in self._apart]
        )

    def protect(self) -> int:
        """Protect every sensitive cell of the group; return how many programmes were solved."""
        waiting = [i for i in range(self._size) if self._sensitive(i)]
        while waiting or self._apart:
            waiting.sort(key=lambda i: (-max(self._required(i)), i))
            opened: list[int] = []
            for i in waiting:
                for direction, distance in zip((-1, 1), self._required(i), strict=True):
                    opened += self._witness(i, direction, distance)
            if not opened and self._apart:
                opened += self._take_apart(*self._apart.pop())
            waiting = [i for i in opened if self._sensitive(i)]
        return self._witnesses.programmes

    def _pairs(self) -> list[tuple[tuple[tuple[int, int], ...], float]]:
        """The terms of `whole - part`, and how large a reader must allow for them to be."""
        numbers = {key: i for i, key in enumerate(self._group.keys)}
        pairs = []
        for pair in self._system.apart:
            if pair.part in numbers:
                terms = [(numbers[pair.part], -1)]
                terms += [(numbers[pair.whole], 1)] if pair.whole in numbers else []
                pairs.append((tuple(terms), pair.distance))
        return pairs

    def _take_apart(self, terms: tuple[tuple[int, int], ...], distance: float) -> list[int]:
        try:
            change = self._witnesses.apart(terms, distance)
        except UndecidedError:
            return self._hide(self._unfrozen())
        return self._accept(change, self._group.keys[terms[0][0]])

    def _measure(self, i: int) -> Measure:
        return self._list.measures[self._group.keys[i][0]]

    def _down_room(self, i: int) -> float:
        cell = self._group.cells[i]
        if cell is None:
            return np.inf
        return max(0.0, float(cell.value - lower_bound(cell, self._measure(i))))

    def _sensitive(self, i: int) -> bool:
        return max(self._required(i)) > 0

    def _required(self, i: int) -> tuple[float, float]:
        cell = self._group.cells[i]
        if cell is None:
            return 0.0, 0.0
        below, above = required_distance(cell, self._measure(i), self._policy)
        return min(below, self._room[i]), above

    def _witness(self, i: int, direction: int, distance: float) -> list[int]:
        """Make sure that cell i can lie `distance` away; return the cells that had to be hidden for it."""
        found = self._rise if direction > 0 else self._fall
        if distance <= 0 or found[i] >= distance * (1 - 1e-9):
            return []
        try:
            change = self._witnesses.nearest(i, direction, distance)
        except UndecidedError:
            # What a solver cannot decide is withheld; the attack judges what is left.
            return self._hide(self._unfrozen())
        if change is None and direction < 0 and self._measure(i).whole:
            return self._all_above(i, distance)
        return self._accept(change, self._group.keys[i])

    def _accept(self, change: np.ndarray | None, key: Key) -> list[int]:
        if change is None:
            place = " ".join(str(part) for part in (key[0], *key[1]))
            raise ProtectionError(
                f"{place}: what was printed before leaves no way to protect this cell; "
                "issue the year again (vetro publish --revise-year) / ciò che è già pubblicato non lascia "
                "modo di proteggere questa cella: ripubblicare l'anno (vetro publish --revise-year)"
            )
        self._rise = np.maximum(self._rise, change)
        self._fall = np.maximum(self._fall, -change)
        return self._hide(np.flatnonzero(change))

    def _unfrozen(self) -> np.ndarray:
        return np.array(
            [i for i, cell in enumerate(self._group.cells) if cell is not None and not cell.frozen]
        )

    def _all_above(self, i: int, below: float) -> list[int]:
        """Ask for all of the doubt above the truth.

        So many hidden places that hold at least one each may stand below a whole number that a reader can
        count up to it: nothing that is hidden besides could take that knowledge away.
        """
        cell = self._group.cells[i]
        if cell is None:
            return []
        _, above = self._required(i)
        cell.demand = (0.0, below + above)
        return self._witness(i, 1, below + above)

    def _hide(self, changed: np.ndarray) -> list[int]:
        newly: list[int] = []
        for i in changed:
            cell = self._group.cells[i]
            if cell is None or cell.hidden:
                continue
            measure = self._measure(i)
            small = measure.kind == COUNT and cell.value < cell.threshold
            cell.reason = (
                SMALL_COUNT
                if small
                else (
                    FEW_PERSONS if measure.kind != COUNT and 0 < cell.persons < cell.threshold else SECONDARY
                )
            )
            self._witnesses.set_cost(int(i), 0.0)
            newly.append(int(i))
        matched = hide_matching_amounts(self._system, self._list, [self._group.cells[i] for i in newly])
        if matched:
            numbers = {key: i for i, key in enumerate(self._group.keys)}
            for cell in matched:
                i = numbers.get(cell.key)
                if i is not None:
                    self._witnesses.set_cost(i, 0.0)
                    newly.append(i)
        return newly

    def _cost(self, i: int) -> float:
        cell = self._group.cells[i]
        if cell is None or cell.hidden:
            return 0.0
        above = sum(
            member == self._list.totals.get(d)
            for d, member in zip(self._measure(i).dimensions, cell.at, strict=True)
            if d in ("area", "territory")
        )
        return cell.weight * TOTAL_WEIGHT**above * (1.0 + np.log1p(float(abs(cell.value))))
