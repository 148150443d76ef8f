"""Places where everybody stands in one class: group disclosure.

Where all persons of a territory, call or group fall into one class of a published table, the table tells
the class of each of them. Cells with their primary protection arrive; such classes are hidden, with one
class in which nobody is, so that a reader cannot tell which of the two holds them, and what a reader
must be able to take apart is noted for secondary suppression. Whether a class says something about a
person, `tables.yaml` decides.
"""

from collections import defaultdict
from decimal import Decimal

from publication.cells import ONE_CLASS, Apart, Cell, CellSystem, Key
from publication.policy import DisclosurePolicy
from publication.relations import zero_together
from publication.table_list import COUNT, Measure, TableList


def hide_single_classes(system: CellSystem, table_list: TableList, policy: DisclosurePolicy) -> int:
    """Hide the classes that hold everybody, and note the pairs to take apart; return how many there are.

    Cells that were printed before stay: what was told cannot be untold. A network that knows one class only
    tells nothing by it.
    """
    before = len(system.apart)
    for measure in table_list.measures.values():
        for dimension, named in _sensitive(measure, system, table_list).items():
            _Classes(system, table_list, policy, measure, dimension, named).hide()
    return len(system.apart) - before


def _sensitive(
    measure: Measure, system: CellSystem, table_list: TableList
) -> dict[str, frozenset[str] | None]:
    """The sensitive dimensions of a measure: its own, or those of its count where that does not tell whether
    the amount is nothing, so that the amount tells by itself where everybody stands."""
    told_by_count = measure.at_least_count or measure.counted_at
    if measure.count is None or measure.sensitive or told_by_count or zero_together(system, measure):
        return measure.sensitive
    of_count = table_list.measures[measure.count].sensitive
    return {dimension: of_count[dimension] for dimension in measure.dimensions if dimension in of_count}


class _Classes:
    """The classes of one dimension of one measure."""

    def __init__(
        self,
        system: CellSystem,
        table_list: TableList,
        policy: DisclosurePolicy,
        measure: Measure,
        dimension: str,
        named: frozenset[str] | None,
    ):
        self._system = system
        self._list = table_list
        self._policy = policy
        self._measure = measure
        self._named = named
        self._index = measure.dimensions.index(dimension)
        self._nested = dimension in table_list.nested
        self._tree = system.hierarchies.get(dimension, {})
        self._cells = {
            at: cell
            for (name, at), cell in sorted(system.cells.items())
            if name == measure.name and cell.absent is None
        }
        self._common: dict[str, int | Decimal] = defaultdict(int)
        for at, cell in self._cells.items():
            self._common[at[self._index]] += abs(cell.value)

    def hide(self) -> None:
        """Look at every place that has classes below it."""
        below: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
        for at, cell in self._cells.items():
            parent = self._tree.get(at[self._index])
            if parent is not None:
                below[(*at[: self._index], parent, *at[self._index + 1 :])].append(cell)
        for at, classes in sorted(below.items()):
            whole = self._cells.get(at)
            if whole is not None and _holds_somebody(whole):
                self._place(whole, [cell for cell in classes if self._is_sensitive(cell)], classes)

    def _is_sensitive(self, cell: Cell) -> bool:
        return self._named is None or cell.at[self._index] in self._named

    def _place(self, whole: Cell, sensitive: list[Cell], classes: list[Cell]) -> None:
        if self._nested:
            self._stage(whole, sensitive)
            return
        others = [cell for cell in classes if not _holds_somebody(cell)]
        full = [cell for cell in sensitive if cell.value == whole.value and _holds_somebody(cell)]
        if not full or len(classes) < 2:
            return
        for cell in full:
            self._hide_full(whole, cell)
        if len(others) == len(classes) - 1:
            if any(cell.hidden for cell in others):
                return
            # What is counted again below would be told by its parts.
            free = [
                cell for cell in others if not cell.frozen and cell.at[self._index] not in self._tree.values()
            ]
            if free and full[0].hidden:
                self._hide_zero(max(free, key=lambda cell: self._plausible(cell, full[0])), full[0])

    def _stage(self, whole: Cell, stages: list[Cell]) -> None:
        """A stage that all reached, or none: who did not reach it was refused."""
        for cell in stages:
            if cell.value == whole.value:
                self._hide_full(whole, cell)
            elif cell.value == 0 and not cell.frozen:
                self._hide_zero(cell, whole)
                for later in self._later(cell):
                    if later.value == 0 and not later.frozen:
                        self._hide_zero(later, whole)

    def _later(self, cell: Cell) -> list[Cell]:
        found, members = [], {cell.at[self._index]}
        while members:
            members = {child for child, parent in self._tree.items() if parent in members}
            found += [
                later
                for member in sorted(members)
                if (later := self._cells.get(_put(cell.at, self._index, member))) is not None
            ]
        return found

    def _distance(self, whole: Cell, cell: Cell) -> float:
        if self._measure.kind == COUNT:
            return float(max(whole.threshold, cell.threshold))
        return self._policy.protection * float(abs(whole.value) or whole.contributed)

    def _hide_full(self, whole: Cell, cell: Cell) -> None:
        if cell.frozen and not cell.hidden:
            return
        distance = self._distance(whole, cell)
        self._system.apart.append(Apart(whole.key, cell.key, distance))
        if cell.hidden:
            return
        cell.reason = ONE_CLASS
        if self._measure.kind != COUNT or cell.value > distance:
            # What is asked for is that it may be smaller than its whole; nothing more.
            cell.demand = (0.0, 0.0)
            # An amount has the doubt of both its sides below it: it is no more than that of the whole.
            protection = self._policy.protection
            below = 2 * protection / (1 + protection)
            for amount in self._amounts(cell):
                if not amount.frozen and not amount.hidden and amount.value != 0:
                    amount.reason = ONE_CLASS
                    amount.demand = (below * float(abs(amount.value)), 0.0)

    def _hide_zero(self, cell: Cell, full: Cell) -> None:
        """Hide a zero, the zeros above it that would tell it, and the amounts of all of them."""
        for zero in [cell, *self._zeros_above(cell)]:
            zero.reason = ONE_CLASS
            if self._measure.kind != COUNT:
                zero.demand = (0.0, self._distance(full, full) if zero is cell else 0.0)
            for amount in self._amounts(zero):
                like = self._system.cells.get((amount.measure, self._like(amount, full)))
                if amount.value != 0 or amount.frozen or amount.hidden:
                    continue
                amount.reason = ONE_CLASS
                share = self._policy.protection * float(abs(like.value)) if like is not None else 0.0
                amount.demand = (0.0, share if not self._list.measures[amount.measure].whole else 0.0)

    def _zeros_above(self, cell: Cell) -> list[Cell]:
        found: dict[Key, Cell] = {}
        waiting = [cell.at]
        while waiting:
            at = waiting.pop()
            for index, dimension in enumerate(self._measure.dimensions):
                if index == self._index:
                    continue
                parent = self._parent(dimension, at[index])
                if parent is None:
                    continue
                above = _put(at, index, parent)
                waiting.append(above)
                zero = self._cells.get(above)
                if zero is not None and zero.value == 0 and not zero.frozen and not zero.hidden:
                    found[zero.key] = zero
        return [found[key] for key in sorted(found)]

    def _parent(self, dimension: str, member: str) -> str | None:
        parent = self._system.hierarchies.get(dimension, {}).get(member)
        total = self._list.totals.get(dimension)
        if parent is None and member != total and dimension not in ("territory", "period", "award"):
            return total
        return parent

    def _plausible(self, cell: Cell, full: Cell) -> tuple[bool, bool, int | Decimal, str]:
        """A class that is not nothing above hides best; then one of the same table, and the one that holds
        most anywhere."""
        member = cell.at[self._index]
        same = cell.threshold == full.threshold
        return (not self._zeros_above(cell), same, self._common[member], member)

    def _amounts(self, cell: Cell) -> list[Cell]:
        found = []
        for amount in self._list.measures.values():
            if amount.count == self._measure.name:
                match = self._system.cells.get((amount.name, matching_place(amount, cell, self._list)))
                if match is not None and match.absent is None:
                    found.append(match)
        return found

    def _like(self, amount: Cell, full: Cell) -> tuple[str, ...]:
        return matching_place(self._list.measures[amount.measure], full, self._list)


def _holds_somebody(cell: Cell) -> bool:
    """Whether the cell is not empty: what was taken back may leave less than nothing, or, where a mark hides
    it, nothing."""
    return cell.value != 0 or (cell.hidden and cell.contributed != 0)


def matching_place(amount: Measure, cell: Cell, table_list: TableList) -> tuple[str, ...]:
    """Where the amount of a count stands; an empty place where it has none."""
    dimensions = table_list.measures[cell.measure].dimensions
    place = dict(table_list.totals) | dict(zip(dimensions, cell.at, strict=True))
    counted_at = {d: amount.counted_at.get(d, d) for d in amount.dimensions}
    left_out = set(dimensions) - set(counted_at.values())
    if any(place[d] != table_list.totals[d] for d in left_out):
        return ()
    return tuple(place[counted_at[d]] for d in amount.dimensions)


def _put(at: tuple[str, ...], index: int, member: str) -> tuple[str, ...]:
    return (*at[:index], member, *at[index + 1 :])
