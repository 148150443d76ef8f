"""The attack: how narrowly can every hidden number be worked out from what is published?

A release, or two successive ones, arrive; the places where somebody could be found out leave. Nothing is
mended here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from core.duckdb_sessions import connect
from publication.attack.classes import none_at_all, same_in_all
from publication.attack.groups import Group, tied
from publication.attack.knowledge import counts_beside, write_down
from publication.attack.programmes import Programmes
from publication.attack.public_money import FIGURE, persons_in_print
from publication.attack.published import Name, Publication, UnreadableReleaseError, read_publication
from publication.attack.unknowns import INFINITY, Knowledge, Unknown

SMALL_PRINTED = "small_count_printed"
EXACT = "exact"
TOO_NARROW = "interval_too_narrow"
SMALL_DIFFERENCE = "small_difference_between_releases"
PERSON_PRINTED = "money_of_a_person_printed"
ONE_CLASS = "everybody_in_one_class"
CONTRADICTION = "tables_contradict_each_other"
TOLERANCE = 1e-4
# Possible truths that are kept of a group, for questions about two places at once.
KEPT_POINTS = 50
# So many narrow places were asked for in every way there is; a release with as many is refused in any case.
CONFIRMED = 20


class AttackIncompleteError(Exception):
    """A programme was not solved. An attack that did not finish is no attack that found nothing."""

    exit_code = 3


@dataclass(frozen=True)
class Finding:
    """A place where somebody could be found out. `place` names table, measure and coordinates; the limits are
    what the attack left of the doubt."""

    kind: str
    place: str
    lowest: float
    highest: float


@dataclass(frozen=True)
class AttackReport:
    """What the attack did. It found nothing when `findings` is empty."""

    findings: tuple[Finding, ...]
    places: int
    hidden: int
    programmes: int


@dataclass(frozen=True)
class _Demand:
    """What must stay in doubt about a place, as the release says inside."""

    value: float
    below: float
    above: float


def attack_release(release: Path, with_previous: Path | None = None) -> list[Finding]:
    """Attack a release folder, together with an earlier one if given, and return the findings."""
    return list(attack(release, with_previous).findings)


def attack(
    release: Path, with_previous: Path | None = None, progress: Callable[[int, int], None] | None = None
) -> AttackReport:
    """Attack a release folder, or the public side of one, alone or together with an earlier release.

    Where the private side stands beside, the attack knows which amounts are sensitive and how wide the doubt
    must be; otherwise it judges what a reader can judge. Raises UnreadableReleaseError.
    """
    publications = [read_publication(folder) for folder in (with_previous, release) if folder is not None]
    knowledge = write_down(publications)
    findings = _printed_small(publications)
    findings += _printed_persons(release, publications)
    if len(publications) == 2:
        findings += _small_differences(publications[0], publications[1])
        findings += _moved_amounts(publications[0], publications[1])
        # An exact figure that is public by law tells nothing of what is hidden, also where it changed.
        if any(knowledge.unknowns[name].threshold for name in knowledge.contradictions):
            return _attack_separately(publications, findings, release, progress)
    demands = _demands(release)
    solver = _Solver(knowledge, demands, publications[-1].protection, same_in_all(knowledge, publications))
    intervals, programmes, contradictions = solver.intervals(progress)
    findings += _everybody(knowledge, publications, solver, intervals)
    findings += [Finding(CONTRADICTION, _words(name), -INFINITY, INFINITY) for name in contradictions]
    findings += _judge(knowledge, intervals, demands, publications[-1])
    hidden = sum(unknown.hidden for unknown in knowledge.unknowns.values())
    return AttackReport(tuple(findings), len(knowledge.unknowns), hidden, programmes)


def _attack_separately(
    publications: list[Publication],
    findings: list[Finding],
    release: Path,
    progress: Callable[[int, int], None] | None,
) -> AttackReport:
    """Two releases that print different numbers for one place: each system by itself,
    and their differences.
    """
    places = hidden = programmes = 0
    for number, publication in enumerate(publications):
        knowledge = write_down([publication])
        demands = _demands(release) if number == 1 else {}
        pairs = same_in_all(knowledge, [publication])
        solver = _Solver(knowledge, demands, publication.protection, pairs)
        intervals, solved, contradictions = solver.intervals(progress)
        if number == 1:
            findings += _everybody(knowledge, [publication], solver, intervals)
        findings += [Finding(CONTRADICTION, _words(name), -INFINITY, INFINITY) for name in contradictions]
        findings += _judge(knowledge, intervals, demands, publication)
        places, hidden = (
            len(knowledge.unknowns),
            sum(unknown.hidden for unknown in knowledge.unknowns.values()),
        )
        programmes += solved
    difference = write_down([_difference(publications[0], publications[1])])
    intervals, solved, _ = _Solver(difference, {}, publications[1].protection, []).intervals(progress)
    for name, (lowest, highest) in intervals.items():
        unknown = difference.unknowns[name]
        if (
            unknown.kind == "count"
            and unknown.hidden
            and highest - lowest < TOLERANCE
            and (0 < round(highest) < unknown.threshold)
        ):
            findings.append(Finding(SMALL_DIFFERENCE, _words(name), lowest, highest))
    return AttackReport(tuple(findings), places, hidden, programmes + solved)


def _difference(before: Publication, after: Publication) -> Publication:
    """What was added between two releases, as a publication: late data only add."""
    added = Publication(
        after.hierarchies, after.distinct_over, [], [], set(), after.protection, coverage=after.coverage
    )
    for name, said in after.printed.items():
        earlier = before.printed.get(name)
        if earlier is None:
            continue
        now, then = said[0], earlier[0]
        both = now.value is not None and then.value is not None
        added.printed[name] = [
            type(now)(
                now.table,
                now.kind,
                now.threshold,
                max(0.0, now.value - then.value) if both else None,
                not both,
                now.half_width + then.half_width,
                False,
            )
        ]
    # Distinct persons of a difference are not tied like those of a total; only true sums are.
    return added


def _printed_small(publications: list[Publication]) -> list[Finding]:
    findings = []
    for name, said in sorted(publications[-1].printed.items()):
        for printed in said:
            if (
                printed.kind == "count"
                and printed.half_width == 0
                and printed.value is not None
                and (0 < printed.value < printed.threshold)
            ):
                findings.append(Finding(SMALL_PRINTED, _words(name), printed.value, printed.value))
                break
    return findings


def _printed_persons(release: Path, publications: list[Publication]) -> list[Finding]:
    """Money of persons in print that the release before did not print."""
    before = publications[0].printed if len(publications) > 1 else {}
    return [
        Finding(PERSON_PRINTED, _words(name), value, value)
        for name, value in persons_in_print(release, publications[-1])
        if not any(printed.value is not None for printed in before.get(name, []))
    ]


def _small_differences(before: Publication, after: Publication) -> list[Finding]:
    findings = []
    for name, said in sorted(after.printed.items()):
        earlier = before.printed.get(name)
        if not earlier or said[0].kind != "count" or said[0].value is None or earlier[0].value is None:
            continue
        if said[0].half_width or earlier[0].half_width:
            continue
        difference = abs(said[0].value - earlier[0].value)
        if 0 < difference < said[0].threshold:
            findings.append(Finding(SMALL_DIFFERENCE, _words(name), difference, difference))
    return findings


def _everybody(
    knowledge: Knowledge,
    publications: list[Publication],
    solver: "_Solver",
    intervals: dict[Name, tuple[float, float]],
) -> list[Finding]:
    """Places where it is certain that everybody stands in one class, unless the release before told it."""
    certain = _certain(knowledge, publications, solver)
    if certain and len(publications) > 1:
        earlier = write_down(publications[:-1])
        pairs = same_in_all(earlier, publications[:-1])
        before = _Solver(earlier, {}, publications[-2].protection, pairs)
        before.intervals()
        certain -= _certain(earlier, publications[:-1], before)
    return [
        Finding(ONE_CLASS, _words(name), *intervals.get(name, _limits(knowledge, name)))
        for name in sorted(certain)
    ]


def _certain(knowledge: Knowledge, publications: list[Publication], solver: "_Solver") -> set[Name]:
    everybody = {
        part
        for (whole, part), apart in solver.apart.items()
        if apart < (1 - TOLERANCE if knowledge.unknowns[whole].kind == "count" else TOLERANCE)
    }
    return everybody | {stage for _, stage in none_at_all(knowledge, publications)}


def _limits(knowledge: Knowledge, name: Name) -> tuple[float, float]:
    return knowledge.unknowns[name].lowest, knowledge.unknowns[name].highest


def _moved_amounts(before: Publication, after: Publication) -> list[Finding]:
    """Amounts about persons printed in both that moved, while the count beside them did not move by as many
    as its threshold: the difference may be what one person received."""
    systems = [write_down([publication]) for publication in (before, after)]
    counts = [
        counts_beside(knowledge, publication)
        for knowledge, publication in zip(systems, (before, after), strict=True)
    ]
    findings = []
    for name, said in sorted(after.printed.items()):
        now, earlier = said[0], before.printed.get(name)
        if now.kind == "count" or not now.threshold or not earlier:
            continue
        if now.value is None or earlier[0].value is None or now.value == earlier[0].value:
            continue
        beside = [of_one.get(name) for of_one in counts]
        moved = (
            abs(beside[1].lowest - beside[0].lowest)
            if all(count is not None and count.known for count in beside)
            else 0.0
        )
        if moved < now.threshold:
            difference = abs(now.value - earlier[0].value)
            findings.append(Finding(SMALL_DIFFERENCE, _words(name), difference, difference))
    return findings


def _demands(release: Path) -> dict[Name, _Demand]:
    path = release / "private" / "protection.parquet"
    if not path.exists():
        return {}
    try:
        with connect() as connection:
            rows = connection.execute(
                "select measure_id, place, value, below, above from read_parquet($path)", {"path": str(path)}
            ).fetchall()
    except duckdb.Error as error:
        raise UnreadableReleaseError(
            f"{release.name}: {path.name} cannot be read / {path.name} non si legge"
        ) from error
    return {
        (measure, tuple(sorted(json.loads(place).items()))): _Demand(float(value), below, above)
        for measure, place, value, below, above in rows
    }


def _judge(
    knowledge: Knowledge,
    intervals: dict[Name, tuple[float, float]],
    demands: dict[Name, _Demand],
    publication: Publication,
) -> list[Finding]:
    findings = []
    beside = counts_beside(knowledge, publication)
    for name in sorted(intervals):
        unknown, (lowest, highest) = knowledge.unknowns[name], intervals[name]
        kind = None
        if unknown.kind == "count":
            lowest, highest = float(np.ceil(lowest - TOLERANCE)), float(np.floor(highest + TOLERANCE))
            if unknown.rounded:
                # Rounding leaves less room than a mark by design; it fails where nothing of it is left.
                kind = EXACT if highest <= lowest and 0 < lowest < unknown.threshold else None
            elif lowest < unknown.threshold and highest - lowest < unknown.threshold:
                kind = EXACT if highest <= lowest else TOO_NARROW
        elif name[0] == FIGURE and lowest == highest == 0:
            # That there is no money yet says no amount.
            kind = None
        elif unknown.hidden and demands:
            kind = _judge_inside(lowest, highest, demands.get(name))
        elif unknown.hidden:
            kind = _judge_outside(lowest, highest, beside.get(name), publication.protection)
        if kind:
            findings.append(Finding(kind, _words(name), lowest, highest))
    return findings


def _judge_inside(lowest: float, highest: float, demand: _Demand | None) -> str | None:
    """Judge an amount by what the release itself demands."""
    if demand is None or max(demand.below, demand.above) == 0:
        return None
    slack = 1e-6 * max(1.0, abs(demand.value))
    narrow = lowest > demand.value - demand.below + slack or highest < demand.value + demand.above - slack
    return (EXACT if _is_exact(lowest, highest) else TOO_NARROW) if narrow else None


def _judge_outside(lowest: float, highest: float, count: Unknown | None, protection: float) -> str | None:
    """Judge an amount by what a reader can know: few persons may stand behind it unless their
    count says otherwise.

    No number can have its share of doubt on both sides in an interval narrower than `narrow`.
    """
    if count is not None and count.lowest >= count.threshold:
        return None
    if _is_exact(lowest, highest):
        return EXACT
    return TOO_NARROW if _is_narrow(lowest, highest, protection) and count is not None else None


def _is_narrow(lowest: float, highest: float, protection: float) -> bool:
    return lowest > 0 and highest < lowest * (1 + protection) / (1 - protection) * (1 - 1e-9)


def _is_exact(lowest: float, highest: float) -> bool:
    return highest < INFINITY and highest - lowest <= 1e-6 * max(1.0, abs(lowest))


def _words(name: Name) -> str:
    return f"{name[0]} " + " ".join(f"{dimension}={member}" for dimension, member in name[1])


class _Solver:
    """Least and greatest value of every hidden place, one group of tied places after the other."""

    def __init__(
        self,
        knowledge: Knowledge,
        demands: dict[Name, _Demand],
        protection: float,
        pairs: list[tuple[Name, Name]],
    ):
        # How much larger than its class each whole was seen to be, in truths that are possible.
        self.apart: dict[tuple[Name, Name], float] = {
            pair: _apart_in_print(knowledge, *pair) for pair in pairs
        }
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
        self._programmes += programmes.solved
        return True

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
            return not _is_exact(lowest, highest) and not _is_narrow(lowest, highest, self._protection)
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


def _apart_in_print(knowledge: Knowledge, whole: Name, part: Name) -> float:
    """The difference of two printed places; none where one of them is not in print: then the rows decide."""
    larger, smaller = knowledge.unknowns[whole], knowledge.unknowns[part]
    return larger.highest - smaller.lowest if larger.known and smaller.known else INFINITY


def _undecided(name: Name) -> AttackIncompleteError:
    return AttackIncompleteError(
        f"nothing is known about {_words(name)}: no way of solving its equations gave an answer that holds, "
        "so nothing is published and the release before stays. Publish again when the next exports are in; "
        "if it comes again, report this sentence with the version of highspy / "
        f"di {_words(name)} non si sa nulla: nessun modo di risolvere le sue equazioni ha dato una risposta "
        "che regga; non si pubblica nulla e resta il rilascio precedente. Ripubblicare con i prossimi invii; "
        "se si ripete, segnalare questa frase con la versione di highspy"
    )
