"""Least and greatest value of every hidden place: how much doubt the published leaves.

The variables and rows of the attack arrive; the interval of each place that is looked for leaves, with what
is left of small counts for whoever knows that they are small. What is a finding does not belong here.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.errors import VetroError
from publication.attack.groups import Group, tied
from publication.attack.programmes import Programmes, Row
from publication.attack.public_money import FIGURE
from publication.attack.published import Name
from publication.attack.unknowns import INFINITY, Knowledge, Unknown

TOLERANCE = 1e-4
# Possible truths that are kept of a group, for questions about two places at once.
KEPT_POINTS = 50
# So many narrow places were asked for in every way there is; a release with as many is refused in any case.
CONFIRMED = 20


class AttackIncompleteError(VetroError):
    """A programme was not solved. An attack that did not finish is no attack that found nothing."""


@dataclass(frozen=True)
class Demand:
    """What must stay in doubt about a place, as the release says inside."""

    value: float
    below: float
    above: float


class Solver:
    """Least and greatest value of every hidden place, one group of tied places after the other."""

    def __init__(
        self,
        knowledge: Knowledge,
        demands: dict[Name, Demand],
        protection: float,
        pairs: list[tuple[Name, Name]],
        knows_small: bool = False,
    ):
        # How much larger than its class each whole was seen to be, in truths that are possible.
        self.apart: dict[tuple[Name, Name], float] = {
            pair: _apart_in_print(knowledge, *pair) for pair in pairs
        }
        # What is left of the doubt about a count for whoever knows that it is small.
        self.narrowed: dict[Name, tuple[float, float]] = {}
        self._knows_small = knows_small
        self._rows_of: dict[Name, list[Row]] | None = None
        self._knowledge = knowledge
        self._demands = demands
        self._protection = protection
        self._programmes = 0
        self._stayed_narrow = 0

    def intervals(
        self, progress: Callable[[int, int], None] | None = None
    ) -> tuple[dict[Name, tuple[float, float]], int, list[Name]]:
        """Return the interval of every hidden place, the programmes solved, and places
        whose rows contradict.
        """
        intervals: dict[Name, tuple[float, float]] = {}
        contradictions: list[Name] = []
        groups = tied(self._knowledge)
        for done, group in enumerate(groups, start=1):
            if not self._group(group, intervals):
                contradictions.append(group.members[0].name)
            if progress:
                progress(done, len(groups))
        return intervals, self._programmes, contradictions

    def _group(self, group: Group, intervals: dict[Name, tuple[float, float]]) -> bool:
        members = group.members
        if not group.rows and not group.doubtful:
            intervals.update({unknown.name: (unknown.lowest, unknown.highest) for unknown in members})
            return True
        programmes = Programmes(members, [*group.rows, *group.doubtful], self._farthest(members))
        first = programmes.possible()
        if first.point is None:
            self._programmes += programmes.solved
            if not first.decided:
                raise _undecided(members[0].name)
            if group.doubtful:
                return self._group(Group(members, group.rows, []), intervals)
            # Public money that does not add up as the scopes say tells nothing by its sums.
            return all(unknown.name[0] == FIGURE for unknown in members)
        seen = _Seen(first.point)
        for i, unknown in enumerate(members):
            if unknown.sought:
                self._widen(programmes, i, unknown, seen)
        for i, unknown in enumerate(members):
            if unknown.sought:
                intervals[unknown.name] = (float(seen.least[i]), float(seen.greatest[i]))
        self._take_apart(programmes, {unknown.name: i for i, unknown in enumerate(members)}, seen)
        if self._knows_small:
            self._narrow(group, self._small(members, programmes, seen))
        self._programmes += programmes.solved
        return True

    def _small(self, members: list[Unknown], programmes: Programmes, seen: "_Seen") -> list[int]:
        """The hidden counts of the group that are known to be small.

        The private side says of each; without it, one that alone among those tied to each other can be below
        its threshold: something must be the reason why they are hidden.
        """
        counts = [
            i
            for i, unknown in enumerate(members)
            if unknown.kind == "count"
            and (unknown.hidden or unknown.is_remainder)
            and not unknown.rounded
            and unknown.threshold > 1
        ]
        if self._demands:
            return [
                i
                for i in counts
                if (demand := self._demands.get(members[i].name)) is not None
                and 0 < demand.value < members[i].threshold
            ]
        could_be = []
        for i in counts:
            least = seen.least[i]
            if least >= members[i].threshold:
                found = programmes.extreme((i, 1.0))
                least = least if found.point is None else found.point[i]
            if least < members[i].threshold:
                could_be.append(i)
            if len(could_be) > 1:
                return []
        return could_be

    def _narrow(self, group: Group, small: list[int]) -> None:
        """Look whether a small count can be anything from one to one less than its threshold, when all that
        are known to be small are."""
        if not small:
            return
        members = list(group.members)
        for i in small:
            members[i] = replace(
                members[i],
                lowest=max(members[i].lowest, 1.0) if members[i].is_remainder else members[i].lowest,
                highest=min(members[i].highest, members[i].threshold - 1),
            )
        programmes = Programmes(members, [*group.rows, *group.doubtful], self._farthest(members))
        first = programmes.possible()
        if first.point is None:
            if not first.decided:
                raise _undecided(members[small[0]].name)
            # In no table that agrees with what is printed are they all small: they were hidden for more.
            self._programmes += programmes.solved
            return
        seen = _Seen(first.point)
        # All at once: what one possible truth shows of many need not be asked of each.
        for sign in (1.0, -1.0):
            found = programmes.extreme(*((i, sign) for i in small))
            if found.point is not None:
                seen.add(found.point)
        for i in small:
            for sign in (1.0, -1.0):
                if self._may_be_any(seen, i, members[i], sign):
                    continue
                found = programmes.extreme((i, sign))
                if found.point is None:
                    raise _undecided(members[i].name)
                seen.add(found.point)
                if not self._may_be_any(seen, i, members[i], sign):
                    for point in programmes.again((i, sign)):
                        seen.add(point)
        self._programmes += programmes.solved
        for i in small:
            if all(self._may_be_any(seen, i, members[i], sign) for sign in (1.0, -1.0)):
                continue
            lowest = float(np.ceil(seen.least[i] - TOLERANCE))
            highest = float(np.floor(seen.greatest[i] + TOLERANCE))
            # More than the marks tell by themselves, whatever is printed in the places without one?
            least, greatest = self._by_marks(members[i], {members[j].name: members[j] for j in small})
            if lowest > least + TOLERANCE or highest < greatest - TOLERANCE:
                self.narrowed[members[i].name] = (lowest, highest)

    def _by_marks(self, sought: Unknown, small: dict[Name, Unknown]) -> tuple[float, float]:
        """The limits of a small count for whoever knows marks, zeros and which are small, but no number.

        A whole of two classes that hide somebody is two at least: no mark more could take that away.
        """
        rows, members = self._all_tied_to(sought.name)
        unknowns = self._knowledge.unknowns
        loose = [small.get(name) or _without_number(unknowns[name]) for name in members]
        programmes = Programmes(loose, rows, self._farthest(loose))
        number = members.index(sought.name)
        ends = [programmes.extreme((number, sign)) for sign in (1.0, -1.0)]
        self._programmes += programmes.solved
        # What is not decided is as wide as it can be: then the finding stands.
        least, greatest = (
            default if end.point is None else float(end.point[number])
            for end, default in zip(ends, (1.0, sought.threshold - 1), strict=True)
        )
        return max(1.0, least), min(greatest, sought.threshold - 1)

    def _all_tied_to(self, name: Name) -> tuple[list[Row], list[Name]]:
        """Every row that leads from the place to others through places that are not zero; all of these."""
        if self._rows_of is None:
            self._rows_of = defaultdict(list)
            for row in self._knowledge.rows:
                for each in row[0]:
                    self._rows_of[each].append(row)
        unknowns = self._knowledge.unknowns
        waiting, members, found = [name], {name}, {}
        while waiting:
            for row in self._rows_of[waiting.pop()]:
                terms, lowest, highest = row
                open_terms = {name: factor for name, factor in terms.items() if not _is_zero(unknowns[name])}
                found[id(row)] = (open_terms, lowest, highest)
                new = open_terms.keys() - members
                members |= new
                waiting += sorted(new)
        return list(found.values()), sorted(members)

    def _may_be_any(self, seen: "_Seen", i: int, unknown: Unknown, sign: float) -> bool:
        """Whether a small count was seen at its end: at one (1), or at one less than its threshold (-1)."""
        if sign > 0:
            return bool(seen.least[i] < 1 + TOLERANCE)
        return bool(seen.greatest[i] > unknown.threshold - 1 - TOLERANCE)

    def _take_apart(self, programmes: Programmes, number: dict[Name, int], seen: "_Seen") -> None:
        """Look for a possible truth in which a whole is more than one of its classes."""
        unknowns = self._knowledge.unknowns
        for pair in self.apart:
            signs = {name: sign for name, sign in zip(pair, (1.0, -1.0), strict=True) if name in number}
            if not signs:
                continue
            rest = sum(
                sign * unknowns[name].lowest
                for name, sign in zip(pair, (1.0, -1.0), strict=True)
                if name not in number
            )
            enough = 1 - TOLERANCE if unknowns[pair[0]].kind == "count" else TOLERANCE
            terms = [(number[name], -sign) for name, sign in signs.items()]
            points = seen.points
            largest = max(rest - sum(point[i] * factor for i, factor in terms) for point in points)
            if largest < enough:
                points = self._farthest_points(programmes, terms, pair[1])
                largest = max(rest - sum(point[i] * factor for i, factor in terms) for point in points)
            if largest < enough and pair[0] in number:
                # Where it is certain that nobody stands in the whole, nothing is told of anybody.
                whole = number[pair[0]]
                points = self._farthest_points(programmes, [(whole, -1.0)], pair[0])
                if max(point[whole] for point in points) < enough:
                    largest = INFINITY
            self.apart[pair] = float(largest)

    def _farthest_points(
        self, programmes: Programmes, terms: list[tuple[int, float]], name: Name
    ) -> list[np.ndarray]:
        """Possible truths in which the sum of `terms` is least, asked for in every way there is."""
        found = programmes.extreme(*terms)
        points = [] if found.point is None else [found.point]
        points += programmes.again(*terms)
        if not points:
            raise _undecided(name)
        return points

    def _widen(self, programmes: Programmes, i: int, unknown: Unknown, seen: "_Seen") -> None:
        """Look for possible truths until unknown i is in doubt, or every way of asking has been tried.

        Points seen on the way are possible truths: where they already lie far enough apart nothing is left to
        prove. Where they do not, the best that a solver names is not believed at once.
        """
        for sign in (-1.0, 1.0):
            if self._doubtful(unknown, seen.least[i], seen.greatest[i]):
                return
            found = programmes.extreme((i, sign))
            if found.point is None:
                raise _undecided(unknown.name)
            seen.add(found.point)
        for sign in (-1.0, 1.0):
            if self._doubtful(unknown, seen.least[i], seen.greatest[i]):
                return
            # From nothing every time, which is dear: after so many that stayed narrow the solver is believed.
            if self._stayed_narrow < CONFIRMED:
                for point in programmes.again((i, sign)):
                    seen.add(point)
        self._stayed_narrow += not self._doubtful(unknown, seen.least[i], seen.greatest[i])

    def _farthest(self, members: list[Unknown]) -> float:
        """A value that is far enough away for every member of the group."""
        demands = [self._demands[unknown.name] for unknown in members if unknown.name in self._demands]
        return max(
            [unknown.threshold for unknown in members]
            + [abs(demand.value) + max(demand.below, demand.above) for demand in demands]
        )

    def _doubtful(self, unknown: Unknown, lowest: float, highest: float) -> bool:
        """Whether a reader who must allow for both limits is left in as much doubt as the place demands."""
        if unknown.rounded:
            return False
        if unknown.kind == "count":
            return np.floor(highest + TOLERANCE) - np.ceil(lowest - TOLERANCE) >= unknown.threshold
        if not self._demands:
            # Without what the release demands inside, a reader judges by the share of the amount itself.
            return not is_exact(lowest, highest) and not is_narrow(lowest, highest, self._protection)
        demand = self._demands.get(unknown.name)
        return demand is None or (
            lowest <= demand.value - demand.below and highest >= demand.value + demand.above
        )


class _Seen:
    """The possible truths of a group that were seen, and how far they reach."""

    def __init__(self, point: np.ndarray):
        self.points = [point]
        self.least, self.greatest = point.copy(), point.copy()

    def add(self, point: np.ndarray) -> None:
        """Keep one more possible truth, as long as few are kept."""
        np.minimum(self.least, point, out=self.least)
        np.maximum(self.greatest, point, out=self.greatest)
        if len(self.points) < KEPT_POINTS:
            self.points.append(point)


def _is_zero(unknown: Unknown) -> bool:
    return unknown.known and unknown.lowest == 0


def _without_number(unknown: Unknown) -> Unknown:
    """A place that is not zero, as if a mark stood there."""
    if unknown.hidden or not unknown.known:
        return unknown
    least = 1.0 if unknown.kind == "count" else min(0.0, unknown.lowest)
    return replace(unknown, lowest=least, highest=INFINITY)


def _apart_in_print(knowledge: Knowledge, whole: Name, part: Name) -> float:
    """The difference of two printed places; none where one of them is not in print: then the rows decide."""
    larger, smaller = knowledge.unknowns[whole], knowledge.unknowns[part]
    return larger.highest - smaller.lowest if larger.known and smaller.known else INFINITY


def _undecided(name: Name) -> AttackIncompleteError:
    return AttackIncompleteError(
        f"nothing is known about {words(name)}: no way of solving its equations gave an answer that holds, "
        "so nothing is published and the release before stays. Publish again when the next exports are in; "
        "if it comes again, report this sentence with the version of highspy / "
        f"di {words(name)} non si sa nulla: nessun modo di risolvere le sue equazioni ha dato una risposta "
        "che regga; non si pubblica nulla e resta il rilascio precedente. Ripubblicare con i prossimi invii; "
        "se si ripete, segnalare questa frase con la versione di highspy"
    )


def is_narrow(lowest: float, highest: float, protection: float) -> bool:
    """Whether no amount has its share of doubt on both sides in the interval."""
    return lowest > 0 and highest < lowest * (1 + protection) / (1 - protection) * (1 - 1e-9)


def is_exact(lowest: float, highest: float) -> bool:
    """Whether nothing of the doubt is left."""
    return highest < INFINITY and highest - lowest <= 1e-6 * max(1.0, abs(lowest))


def words(name: Name) -> str:
    """Return the place as a finding names it."""
    return f"{name[0]} " + " ".join(f"{dimension}={member}" for dimension, member in name[1])
