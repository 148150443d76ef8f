"""Hides what must be hidden besides the sensitive cells, so that nothing can be worked out.

Cells with primary protection, and the relations that tie them, arrive; further cells get their reason, until
for every sensitive cell another table exists that agrees with everything printed and holds a value far
enough away. Each such table is found by a linear programme that pays for every printed cell it has to
change; the cells it changes are hidden. Which cells are sensitive by themselves, and attacking the result,
do not belong here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from core.errors import VetroError
from publication.cells import COUNT_PROTECTED, FEW_PERSONS, SECONDARY, SMALL_COUNT, Cell, CellSystem, Key
from publication.policy import DisclosurePolicy
from publication.relations import Group, Relation, lower_bound, tie
from publication.single_class import matching_place
from publication.table_list import COUNT, Measure, TableList
from publication.witness import UndecidedError, Witnesses

TOTAL_WEIGHT = 6.0


class ProtectionError(VetroError):
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
    of_remainders = [remainder.cell for remainder in system.remainders.values()]
    hide_matching_amounts(system, table_list, [*system.cells.values(), *of_remainders])
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
            match = system.at((amount.name, matching_place(amount, cell, table_list)))
            if match is None or match.frozen or match.value == 0 or match.absent is not None:
                continue
            if match.reason in (None, SECONDARY):
                match.reason = COUNT_PROTECTED
                hidden.append(match)
    return hidden


def small_below(cell: Cell, measure: Measure, policy: DisclosurePolicy) -> int:
    """Below which number a hidden count is for whoever knows that it was hidden for its own sake, or 0.

    A reader knows the threshold of the table, and not that all services behind a cell have a higher one.
    """
    if measure.kind != COUNT or not cell.hidden or not 0 < cell.value < cell.threshold:
        return 0
    area = dict(zip(measure.dimensions, cell.at, strict=True)).get("area")
    of_table = policy.high if area in policy.high_areas else policy.normal
    return of_table if cell.value < of_table else cell.threshold


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


def _words(key: Key) -> str:
    return " ".join((key[0], *key[1]))


class _GroupProtector:
    """One group of tied cells and the programme over them: columns are rises and falls of the true values."""

    def __init__(self, group: Group, system: CellSystem, table_list: TableList, policy: DisclosurePolicy):
        self._group = group
        self._system = system
        self._list = table_list
        self._policy = policy
        self._size = len(group.keys)
        # Places that no table shows: to change them hides nothing.
        self._remainders = {
            i: system.remainders[key] for i, key in enumerate(group.keys) if key in system.remainders
        }
        counted = [each for i, each in self._remainders.items() if self._is_counted_remainder(i)]
        self._ends_of_remainders = {end for each in counted for end in (each.whole, each.part)}
        self._relations_of: dict[int, list[Relation]] = defaultdict(list)
        for relation in group.relations:
            for i, _ in relation.terms:
                self._relations_of[i].append(relation)
        # How far each small count may rise and stay small; how far they were seen to go while all of them do.
        self._ends: dict[int, float] = {}
        self._know_small(range(self._size))
        self._small_rise = np.zeros(self._size)
        self._small_fall = np.zeros(self._size)
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
        while True:
            waiting.sort(key=lambda i: (-max(self._required(i)), i))
            opened: list[int] = []
            for i in waiting:
                if self._is_wide_enough_on_any_side(i):
                    opened += self._leave_in_doubt(i)
                    continue
                for direction, distance in zip((-1, 1), self._required(i), strict=True):
                    opened += self._witness(i, direction, distance)
            for i in waiting:
                opened += self._leave_small(i)
            if not opened and self._apart:
                opened += self._take_apart(*self._apart.pop())
            elif not opened:
                for i in self._remainders:
                    if self._is_counted_remainder(i) and self._has_hidden_end(i):
                        opened += self._leave_in_doubt(i)
                if not opened:
                    return self._witnesses.programmes
            waiting = [i for i in opened if self._sensitive(i)]

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
        if self._is_counted_remainder(i) and not cell.hidden:
            return float(cell.value)
        return max(0.0, float(cell.value - lower_bound(cell, self._measure(i))))

    def _is_counted_remainder(self, i: int) -> bool:
        return i in self._remainders and self._measure(i).kind == COUNT

    def _is_wide_enough_on_any_side(self, i: int) -> bool:
        """Whether an interval as wide as the threshold is enough, wherever in it the truth lies: of those who
        did not go on, for whom no mark stands, and of a large count hidden for their sake."""
        cell = self._group.cells[i]
        if self._is_counted_remainder(i):
            return True
        return (
            cell is not None and cell.reason == SECONDARY and self._group.keys[i] in self._ends_of_remainders
        )

    def _has_hidden_end(self, i: int) -> bool:
        ends = (self._remainders[i].whole, self._remainders[i].part)
        return any(self._system.cells[end].hidden for end in ends)

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
        told = i in self._remainders or self._is_wide_enough_on_any_side(i)
        if change is None and (told or self._group.keys[i] in self._system.hidden_before):
            # What is in print tells it. Whether an earlier release alone does so, the attack says.
            return []
        return self._accept(change, self._group.keys[i])

    def _leave_in_doubt(self, i: int) -> list[int]:
        """Make sure that a count has an interval as wide as its threshold, on whichever side what is hidden
        already gives it; return the cells that had to be hidden for it."""
        cell = self._group.cells[i]
        if cell is None or self._rise[i] + self._fall[i] >= cell.threshold:
            return []
        small = cell.threshold - 1
        # So many did not go on that they are certainly no few.
        if (
            i in self._remainders
            and cell.value > small
            and not self._is_free(i, -1, float(cell.value - small))
        ):
            return []
        self._is_free(i, -1, min(self._room[i], cell.threshold - self._rise[i]))
        return self._witness(i, 1, float(cell.threshold - self._fall[i]))

    def _is_free(self, i: int, direction: int, distance: float) -> bool:
        """Whether cell i can lie `distance` away without that anything more is hidden; note it if so."""
        found = self._rise if direction > 0 else self._fall
        if found[i] >= distance:
            return True
        try:
            change = self._witnesses.nearest(i, direction, distance)
        except UndecidedError:
            return False
        if change is None or any(self._is_shown(int(j)) for j in np.flatnonzero(change)):
            return False
        self._rise = np.maximum(self._rise, change)
        self._fall = np.maximum(self._fall, -change)
        return True

    def _is_shown(self, i: int) -> bool:
        cell = self._group.cells[i]
        return cell is not None and not cell.hidden and i not in self._remainders

    def _leave_small(self, i: int) -> list[int]:
        """Make sure that whoever knows which counts are small is told nothing else of small count i: that it
        may be one, and one less than its threshold, while they all are small.

        Where the marks tell more by themselves (a whole of two that hide something is two at least), and
        where what was printed before does, that is as far as hiding can go.
        """
        if i not in self._ends:
            return []
        opened: list[int] = []
        for direction, wanted in ((-1, float(self._room[i])), (1, self._ends[i])):
            found = self._small_rise if direction > 0 else self._small_fall
            if wanted <= found[i] or self._moves_alone(i, direction * wanted):
                continue
            try:
                change = self._witnesses.nearest(i, direction, wanted, self._ends)
                if change is None:
                    change = self._witnesses.farthest(i, direction, self._ends)
            except UndecidedError:
                return [*opened, *self._hide(self._unfrozen())]
            self._small_rise = np.maximum(self._small_rise, change)
            self._small_fall = np.maximum(self._small_fall, -change)
            opened += self._accept(change, self._group.keys[i])
        return opened

    def _know_small(self, numbers: Iterable[int]) -> None:
        """Note how far the hidden counts among these cells may rise and stay small."""
        ends = {}
        for i in numbers:
            cell = self._group.cells[i]
            below = 0 if cell is None else small_below(cell, self._measure(i), self._policy)
            if below:
                ends[i] = float(below - 1 - cell.value)
        if ends:
            self._ends = self._ends | ends

    def _moves_alone(self, i: int, change: float) -> bool:
        """Whether cell i can change so when nothing else does."""
        for relation in self._relations_of[i]:
            sums = sum(sign * change for j, sign in relation.terms if j == i)
            if (relation.lowest is not None and sums < relation.lowest) or (
                relation.highest is not None and sums > relation.highest
            ):
                return False
        return True

    def _accept(self, change: np.ndarray | None, key: Key) -> list[int]:
        if change is None:
            raise ProtectionError(
                f"{_words(key)}: what was printed before leaves no way to protect this cell; "
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
            if cell is None or not self._is_shown(int(i)):
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
        self._know_small(newly)
        return newly

    def _cost(self, i: int) -> float:
        cell = self._group.cells[i]
        if cell is None or not self._is_shown(i):
            return 0.0
        above = sum(
            member == self._list.totals.get(d)
            for d, member in zip(self._measure(i).dimensions, cell.at, strict=True)
            if d in ("area", "territory")
        )
        return cell.weight * TOTAL_WEIGHT**above * (1.0 + np.log1p(float(abs(cell.value))))
