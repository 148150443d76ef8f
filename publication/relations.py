"""What ties the cells of the public tables together: the equations that a reader can write down.

A system of cells arrives; connected groups of variables and equations leave, ready for a linear programme.
Cells known to be zero and cells that were printed before are constants and tie nothing. Solving does not
belong here.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from publication.cells import Cell, CellSystem, Key
from publication.remainders import nested_trees
from publication.table_list import COUNT, Measure, TableList

# A member that is never published: what a parent holds beyond its published members.
UNSTATED = "unstated"


@dataclass(frozen=True)
class Relation:
    """lowest <= sum(coefficient * change of the variable) <= highest; None is no limit.

    Changes are measured from the true values, so the truth is always a solution.
    """

    terms: tuple[tuple[int, int], ...]
    lowest: float | None
    highest: float | None


@dataclass
class Group:
    """Variables that are tied to each other. `keys[i]` names variable i; `cells[i]` is None for a place that
    is not published but can be written down as a sum."""

    keys: list[Key] = field(default_factory=list)
    cells: list[Cell | None] = field(default_factory=list)
    values: list[Decimal] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)


def tie(system: CellSystem, table_list: TableList) -> list[Group]:
    """Return the groups of variables in a fixed order."""
    return _Builder(system, table_list).groups()


def open_sums(system: CellSystem, table_list: TableList) -> set[tuple[str, str, str]]:
    """Return (measure, dimension, parent) where some parent holds more than its published members.

    A service that was never seen has no area, an erased person no age: such a total is only an upper limit of
    the sum, and whoever reads the tables must be told.
    """
    builder = _Builder(system, table_list)
    builder.groups()
    return builder.open_sums


class _Builder:
    def __init__(self, system: CellSystem, table_list: TableList):
        self._list = table_list
        self._system = system
        self._values: dict[Key, Decimal] = {
            key: cell.value for key, cell in sorted(system.cells.items()) if cell.absent is None
        }
        self._equations: list[tuple[list[tuple[Key, int]], str]] = []
        self.open_sums: set[tuple[str, str, str]] = set()

    def groups(self) -> list[Group]:
        for measure in self._list.measures.values():
            self._sums(measure)
        for measure in self._list.measures.values():
            if measure.at_least_count and measure.count:
                self._at_least(measure)
        self._shares()
        self._remainders()
        return self._split()

    def _hierarchy(self, dimension: str) -> dict[str, str]:
        return self._system.hierarchies.get(dimension, {})

    def _parent(self, measure: Measure, at: tuple[str, ...], index: int) -> tuple[str, ...] | None:
        dimension = measure.dimensions[index]
        total = self._list.totals.get(dimension)
        parent = self._hierarchy(dimension).get(at[index])
        if parent is None and at[index] != total and dimension not in ("territory", "period", "award"):
            parent = total
        return None if parent is None else (*at[:index], parent, *at[index + 1 :])

    def _sums(self, measure: Measure) -> None:
        places = {at for name, at in self._values if name == measure.name}
        children = self._children(measure, places)
        for (index, parent), of_parent in sorted(children.items()):
            dimension = measure.dimensions[index]
            terms = [((measure.name, at), 1) for at in sorted(of_parent)] + [((measure.name, parent), -1)]
            excess = sum((self._values[key] * sign for key, sign in terms), Decimal(0))
            nested = dimension in self._list.nested
            if nested or excess < 0 or (excess > 0 and dimension in measure.additive):
                self.open_sums.add((measure.name, dimension, parent[index]))
            if dimension in measure.additive:
                self._equations.append((terms, "sum"))
            else:
                self._equations += [] if nested else [(terms, "distinct")]
                self._equations += [([term, ((measure.name, parent), -1)], "part") for term in terms[:-1]]

    def _children(
        self, measure: Measure, places: set[tuple[str, ...]]
    ) -> dict[tuple[int, tuple[str, ...]], set]:
        """Children by dimension and parent. Over additive dimensions unpublished parents are
        written down too.
        """
        children: dict[tuple[int, tuple[str, ...]], set] = defaultdict(set)
        waiting = sorted(places)
        known = set(places)
        while waiting:
            at = waiting.pop()
            for index, dimension in enumerate(measure.dimensions):
                parent = self._parent(measure, at, index)
                if parent is None:
                    continue
                if parent not in known:
                    if dimension not in measure.additive:
                        parent = self._nearest(measure, parent, index, known)
                        if parent is None:
                            continue
                    elif not self._worth_writing(measure, parent, places):
                        continue
                    else:
                        known.add(parent)
                        waiting.append(parent)
                children[index, parent].add(at)
        self._value_written(measure, children, known - places)
        return children

    def _nearest(
        self, measure: Measure, at: tuple[str, ...], index: int, known: set
    ) -> tuple[str, ...] | None:
        while at is not None and at not in known:
            at = self._parent(measure, at, index)
        return at

    def _worth_writing(self, measure: Measure, at: tuple[str, ...], places: set) -> bool:
        """A sum is worth writing down only if it leads up to a published place."""
        totals = tuple(
            self._list.totals.get(d, member)
            if d in measure.additive and d not in ("territory", "period")
            else member
            for d, member in zip(measure.dimensions, at, strict=True)
        )
        return totals in places

    def _value_written(self, measure: Measure, children: dict, written: set[tuple[str, ...]]) -> None:
        def value(at: tuple[str, ...]) -> Decimal:
            key = (measure.name, at)
            if key not in self._values:
                index = min(i for i, parent in children if parent == at)
                self._values[key] = sum((value(child) for child in sorted(children[index, at])), Decimal(0))
            return self._values[key]

        for at in sorted(written):
            value(at)

    def _at_least(self, measure: Measure) -> None:
        count = self._list.measures[measure.count or ""]
        positions = [measure.dimensions.index(d) for d in count.dimensions]
        for name, at in list(self._values):
            if name == measure.name:
                key = (count.name, tuple(at[i] for i in positions))
                if key in self._values:
                    self._equations.append(([(key, 1), ((name, at), -1)], "part"))

    def _shares(self) -> None:
        """What each provider delivered in each territory adds up to what the territory spent with its kind,
        and to what the provider delivered: everybody on the spot knows who works where.

        A provider in one territory only is its own share. Where somebody works who is no provider by name,
        the named ones are a lower limit. In a year that was printed whole nothing can be changed any more.
        """
        of_place: dict[Key, list[Key]] = defaultdict(list)
        of_provider: dict[Key, list[Key]] = defaultdict(list)
        for (name, at), share in sorted(self._system.shares.items()):
            wholes = self._wholes_of_share(name, at)
            if wholes and all(whole in self._values and whole in self._system.cells for whole in wholes):
                self._values[name, at] = share
                for whole, of_whole in zip(wholes, (of_place, of_provider), strict=True):
                    of_whole[whole].append((name, at))
        alone = {shares[0]: provider for provider, shares in of_provider.items() if len(shares) == 1}
        in_print = self._periods_in_print([*of_place, *of_provider])
        for share in sorted(share for shares in of_place.values() for share in shares):
            if share in alone or self._period(share) in in_print:
                del self._values[share]
            else:
                self._equations.append(([(share, -1)], "part"))
        for whole, shares in [*of_place.items(), *of_provider.items()]:
            parts = [alone.get(share, share) for share in shares]
            if parts != [whole] and self._period(whole) not in in_print:
                self._equations.append(([(part, 1) for part in parts] + [(whole, -1)], "sum"))

    def _remainders(self) -> None:
        """A nested whole is its part and what it holds beyond it, which no table shows; where both are in
        print nothing of it can be changed any more. An amount of a part is no more than that of its whole.
        """
        for measure in self._list.measures.values():
            if measure.kind == COUNT:
                continue
            for dimension, tree in nested_trees(self._system, self._list, measure).items():
                index = measure.dimensions.index(dimension)
                for name, at in [key for key in self._values if key[0] == measure.name]:
                    above = (name, (*at[:index], tree.get(at[index], ""), *at[index + 1 :]))
                    if above in self._values:
                        self._equations.append(([((name, at), 1), (above, -1)], "part"))
        for key, remainder in sorted(self._system.remainders.items()):
            if not (self._fixed(remainder.whole) and self._fixed(remainder.part)):
                self._values[key] = remainder.cell.value
                self._equations.append(([(key, 1), (remainder.part, 1), (remainder.whole, -1)], "sum"))

    def _wholes_of_share(self, name: str, at: tuple[str, ...]) -> list[Key]:
        """The kind of the provider in the territory, and the provider in the whole network; nothing where it
        is no provider by name."""
        dimensions, total = self._list.measures[name].dimensions, self._list.totals
        place = dict(zip(dimensions, at, strict=True))
        kind = self._hierarchy("provider").get(place["provider"], total["provider"])
        if kind == total["provider"]:
            return []
        wholes = (place | {"provider": kind}, place | {"territory": total["territory"]})
        return [(name, tuple(whole[d] for d in dimensions)) for whole in wholes]

    def _period(self, key: Key) -> str:
        return key[1][self._list.measures[key[0]].dimensions.index("period")]

    def _periods_in_print(self, keys: Sequence[Key]) -> set[str]:
        still_open = {self._period(key) for key in keys if not self._system.cells[key].frozen}
        return {self._period(key) for key in keys} - still_open

    def _fixed(self, key: Key) -> bool:
        cell = self._system.cells.get(key)
        if cell is None:
            return False
        return not cell.hidden and (cell.value == 0 or cell.frozen)

    def _split(self) -> list[Group]:
        """Turn equations into relations between changes and put what is tied into groups."""
        relations: list[tuple[list[tuple[Key, int]], float | None, float | None]] = []
        leader: dict[Key, Key] = {}

        def find(key: Key) -> Key:
            while leader.setdefault(key, key) != key:
                leader[key] = leader[leader[key]]
                key = leader[key]
            return key

        for terms, kind in self._equations:
            excess = sum((self._values[key] * sign for key, sign in terms), Decimal(0))
            limits = _limits(kind, excess)
            free = [(key, sign) for key, sign in terms if not self._fixed(key)]
            if limits is None or not free:
                continue
            relations.append((free, *limits))
            first = find(free[0][0])
            for key, _ in free[1:]:
                leader[find(key)] = first
        for key in self._values:
            if not self._fixed(key):
                find(key)
        return self._number(relations, leader, find)

    def _number(self, relations: list, leader: dict, find) -> list[Group]:
        groups: dict[Key, Group] = {}
        numbers: dict[Key, int] = {}
        for key in sorted(leader):
            group = groups.setdefault(find(key), Group())
            numbers[key] = len(group.keys)
            group.keys.append(key)
            group.cells.append(self._system.at(key))
            group.values.append(self._values[key])
        for terms, lowest, highest in relations:
            group = groups[find(terms[0][0])]
            numbered = tuple((numbers[key], sign) for key, sign in terms)
            group.relations.append(Relation(numbered, lowest, highest))
        return list(groups.values())


def _limits(kind: str, excess: Decimal) -> tuple[float | None, float | None] | None:
    """Limits for the change of `sum of the parts - whole`, which stands at `excess` in truth.

    A sum that does not come out (a part belongs to no member that is published) is only a lower limit of its
    whole. A relation that the truth does not satisfy is none that a reader could rely on.
    """
    slack = float(excess)
    if kind == "sum" and excess == 0:
        return 0.0, 0.0
    if kind in ("sum", "part"):
        return None if excess > 0 else (None, -slack)
    if kind == "distinct":
        return None if excess < 0 else (-slack, None)
    raise ValueError(f"unknown kind of relation: {kind}")


def lower_bound(cell: Cell | None, measure: Measure) -> Decimal:
    """The least that a reader must allow for a hidden cell.

    Zeros are printed, so whoever sees the mark knows that a count, and an amount counted in whole pieces, is
    at least one; but for those that are hidden because everybody stands in another class. Money is at least
    nothing, unless it is negative in truth: then a reader who assumed it would be wrong.
    """
    if cell is None or (cell.value == 0 and cell.hidden):
        return Decimal(0)
    if measure.kind == COUNT or measure.whole:
        return Decimal(1)
    return Decimal(0) if cell.value >= 0 else cell.value * 2


def zero_together(system: CellSystem, amount: Measure) -> bool:
    """Whether the amount is nothing wherever its count is nothing. A reversal of another year's
    money breaks it.
    """
    for cell in system.cells.values():
        if cell.measure == amount.count and cell.value == 0 and len(cell.at) >= 3:
            match = system.cells.get((amount.name, (*cell.at[:3], *("ALL" for _ in amount.dimensions[3:]))))
            if match is not None and match.value != 0:
                return False
    return True
