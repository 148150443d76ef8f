"""What a reader may write down: a variable for every place, its limits, and the equations between them.

One publication, or two that speak of the same places, arrive; variables and rows of a linear system leave.
Solving it does not belong here.
"""

from collections import defaultdict
from collections.abc import Set

from publication.attack.classes import allow_hidden_zeros
from publication.attack.public_money import write_money
from publication.attack.published import Name, Place, Publication
from publication.attack.remainders import write_remainders
from publication.attack.unknowns import INFINITY, Knowledge, Unknown
from publication.attack.whereabouts import AtWork, write_whereabouts


def write_down(
    publications: list[Publication], at_work: Set[AtWork] = frozenset(), *, with_remainders: bool = False
) -> Knowledge:
    """Join what the publications say about the same places, and who works where, into one system;
    `with_remainders` also what wholes of nested trees hold beyond their parts."""
    knowledge = Knowledge()
    for publication in publications:
        _places(knowledge, publication)
    allow_hidden_zeros(knowledge, publications)
    for publication in publications:
        _zero_links(knowledge, publication)
    hierarchies: dict[str, dict[str, str]] = defaultdict(dict)
    for publication in publications:
        for dimension, tree in publication.hierarchies.items():
            hierarchies[dimension] |= tree
    distinct: dict[str, set[str]] = defaultdict(set)
    for publication in publications:
        for measure, dimensions in publication.distinct_over.items():
            distinct[measure] |= dimensions
    # Where nothing is hidden there is nothing to look for.
    for measure in sorted({name for (name, _), unknown in knowledge.unknowns.items() if unknown.sought}):
        _Sums(knowledge, publications, hierarchies, distinct.get(measure, set()), measure).write()
    for amount, count in sorted({pair for publication in publications for pair in publication.at_least}):
        _at_least(knowledge, amount, count)
    write_money(knowledge, publications)
    write_whereabouts(knowledge, publications, at_work)
    if with_remainders:
        write_remainders(knowledge, publications)
    return knowledge


def _places(knowledge: Knowledge, publication: Publication) -> None:
    for name, said in publication.printed.items():
        for printed in said:
            lowest, highest = _limits(publication, name, printed)
            unknown = knowledge.unknowns.get(name)
            if unknown is None:
                knowledge.unknowns[name] = Unknown(
                    name,
                    lowest,
                    highest,
                    printed.kind,
                    printed.threshold,
                    printed.hidden,
                    [printed.table],
                    rounded=printed.half_width > 0 and not printed.hidden,
                )
                continue
            unknown.lowest, unknown.highest = max(unknown.lowest, lowest), min(unknown.highest, highest)
            unknown.hidden = unknown.hidden or printed.hidden
            unknown.rounded = unknown.rounded or (printed.half_width > 0 and not printed.hidden)
            unknown.threshold = max(unknown.threshold, printed.threshold)
            unknown.tables.append(printed.table)
            if unknown.lowest > unknown.highest + 1e-9:
                knowledge.contradictions.append(name)
                unknown.lowest, unknown.highest = lowest, highest


def _limits(publication: Publication, name: Name, printed) -> tuple[float, float]:
    if printed.value is not None:
        lowest, highest = printed.value - printed.half_width, printed.value + printed.half_width
        return (max(0.0, lowest) if printed.value >= 0 else lowest), highest
    if name[0] in publication.may_be_negative:
        return -INFINITY, INFINITY
    # Where zeros are printed, a mark says that there is something: at least one person, one delivery.
    return (1.0 if printed.hidden and printed.says_zero and printed.kind == "count" else 0.0), INFINITY


def _matching(place: Place, dimensions: set[str], totals: dict[str, set[str]]) -> Place | None:
    """The place of another measure, if every dimension that it does not have stands at a total here."""
    left_out = [(d, member) for d, member in place if d not in dimensions]
    if any(member not in totals.get(d, {"ALL"}) for d, member in left_out):
        return None
    return tuple((d, member) for d, member in place if d in dimensions)


def _pairs(knowledge: Knowledge, amount: str, count: str) -> list[tuple[Unknown, Unknown]]:
    counts = [unknown for (name, _), unknown in knowledge.unknowns.items() if name == count]
    amounts = {place: unknown for (name, place), unknown in knowledge.unknowns.items() if name == amount}
    if not counts or not amounts:
        return []
    amount_dimensions = {d for d, _ in next(iter(amounts))}
    count_dimensions = {d for d, _ in counts[0].name[1]}
    shared = amount_dimensions & count_dimensions
    by_shared = {}
    for place, unknown in amounts.items():
        reduced = _matching(place, shared, {"territory": {"network", "ALL"}})
        if reduced is not None:
            by_shared[reduced] = unknown
    pairs = []
    for unknown in counts:
        reduced = _matching(unknown.name[1], shared, {"territory": {"network", "ALL"}})
        if reduced is not None and reduced in by_shared:
            pairs.append((by_shared[reduced], unknown))
    return pairs


def _zero_links(knowledge: Knowledge, publication: Publication) -> None:
    for amount, count in publication.zero_links:
        for money, persons in _pairs(knowledge, amount, count):
            if persons.highest < 0.5 and money.lowest <= 0:
                money.lowest, money.highest = 0.0, 0.0
            elif money.highest <= 0 <= money.lowest and persons.lowest <= 0:
                persons.highest = 0.0
            elif money.lowest > 0 and persons.lowest < 1:
                persons.lowest = min(1.0, persons.highest)
            elif (
                persons.lowest >= 1
                and persons.hidden
                and money.hidden
                and amount in {a for a, c in publication.at_least}
            ):
                money.lowest = max(money.lowest, 1.0)


def _at_least(knowledge: Knowledge, amount: str, count: str) -> None:
    for larger, smaller in _pairs(knowledge, amount, count):
        knowledge.rows.append(({larger.name: 1.0, smaller.name: -1.0}, 0.0, INFINITY))


def counts_beside(knowledge: Knowledge, publication: Publication) -> dict[Name, Unknown]:
    """Return the count of persons that stands beside each amount, by the name of the amount."""
    return {
        money.name: persons
        for amount, count in sorted({*publication.zero_links, *publication.at_least})
        for money, persons in _pairs(knowledge, amount, count)
    }


class _Sums:
    """The sums of one measure: down every hierarchy, to the next place above that is known or
    can be written.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        publications: list[Publication],
        hierarchies: dict[str, dict[str, str]],
        distinct: set[str],
        measure: str,
    ):
        self._knowledge = knowledge
        self._trees = hierarchies
        self._distinct = distinct
        self._measure = measure
        self._coverage = [c for publication in publications for c in publication.coverage.get(measure, [])]
        self._children: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for dimension, tree in hierarchies.items():
            for child, parent in sorted(tree.items()):
                self._children[dimension][parent].append(child)

    def write(self) -> None:
        """Write places that can be added up although nobody printed them, then all sums."""
        self._write_unprinted()
        unknowns = self._knowledge.unknowns
        for place in sorted(place for name, place in unknowns if name == self._measure):
            for dimension, member in place:
                children = self._children.get(dimension, {}).get(member)
                if children:
                    self._sum(place, dimension, children)
                self._skip_level(place, dimension, member)

    def _above(self, place: Place, dimension: str) -> Place | None:
        at = dict(place)
        parent = self._trees.get(dimension, {}).get(at[dimension])
        return None if parent is None else tuple(sorted((at | {dimension: parent}).items()))

    def _write_unprinted(self) -> None:
        unknowns = self._knowledge.unknowns
        printed = {place for name, place in unknowns if name == self._measure}
        waiting = sorted(printed)
        while waiting:
            place = waiting.pop()
            for dimension, _ in place:
                if dimension in self._distinct:
                    continue
                above = self._above(place, dimension)
                if above is None or (self._measure, above) in unknowns:
                    continue
                unknowns[self._measure, above] = Unknown(
                    (self._measure, above), -INFINITY, INFINITY, "amount", 0, False, [], written=True
                )
                waiting.append(above)

    def _sum(self, place: Place, dimension: str, children: list[str]) -> None:
        unknowns = self._knowledge.unknowns
        parts, absent = [], []
        for child in children:
            # A place is in the order of its dimensions.
            at = tuple((d, child if d == dimension else member) for d, member in place)
            if (self._measure, at) in unknowns:
                parts.append((self._measure, at))
            else:
                absent.append(child)
        if not parts:
            return
        complete = not absent or self._are_zero(place, dimension, absent, set(children))
        whole = (self._measure, place)
        if dimension in self._distinct:
            for part in parts:
                self._knowledge.rows.append(({whole: 1.0, part: -1.0}, 0.0, INFINITY))
            if complete:
                self._knowledge.rows.append((dict.fromkeys(parts, 1.0) | {whole: -1.0}, 0.0, INFINITY))
        else:
            self._knowledge.rows.append(
                (dict.fromkeys(parts, -1.0) | {whole: 1.0}, 0.0, 0.0 if complete else INFINITY)
            )

    def _skip_level(self, place: Place, dimension: str, member: str) -> None:
        """A distinct part is no larger than the next whole above it, though a level between
        may be missing.
        """
        if dimension not in self._distinct:
            return
        above = self._above(place, dimension)
        while above is not None and (self._measure, above) not in self._knowledge.unknowns:
            above = self._above(above, dimension)
        if above is not None:
            self._knowledge.rows.append(
                ({(self._measure, above): 1.0, (self._measure, place): -1.0}, 0.0, INFINITY)
            )

    def _are_zero(self, place: Place, dimension: str, absent: list[str], siblings: set[str]) -> bool:
        """Whether each of the parts that have no row is zero: a table that shows all but zeros covers its
        place, or has another part of the same whole.
        """
        at = dict(place)
        covering = [
            coverage
            for coverage in self._coverage
            if coverage.absent_is_zero
            and all(at.get(d) == member for d, member in coverage.fixed.items() if d != dimension)
            and all(at[d] in members for d, members in coverage.members.items() if d != dimension)
        ]
        return all(
            any(
                coverage.fixed.get(dimension, child) == child
                and not siblings.isdisjoint(coverage.members.get(dimension, siblings))
                for coverage in covering
            )
            for child in absent
        )
