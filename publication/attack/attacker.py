"""The attack: how narrowly can every hidden number be worked out from what is published?

A release, or two successive ones, arrive; the places where somebody could be found out leave. Nothing is
mended here.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import highspy
import numpy as np

from publication.attack.knowledge import INFINITY, Knowledge, Unknown, counts_beside, write_down
from publication.attack.published import Name, Publication, UnreadableReleaseError, read_publication

SMALL_PRINTED = "small_count_printed"
EXACT = "exact"
TOO_NARROW = "interval_too_narrow"
SMALL_DIFFERENCE = "small_difference_between_releases"
CONTRADICTION = "tables_contradict_each_other"
TOLERANCE = 1e-4


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
    if len(publications) == 2:
        findings += _small_differences(publications[0], publications[1])
        findings += _moved_amounts(publications[0], publications[1])
        # An exact figure that is public by law tells nothing of what is hidden, also where it changed.
        if any(knowledge.unknowns[name].threshold for name in knowledge.contradictions):
            return _attack_separately(publications, findings, release, progress)
    demands = _demands(release)
    intervals, programmes, contradictions = _Solver(knowledge, demands).intervals(progress)
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
    """Two releases that print different numbers for one place: each system by itself, and their
    differences."""
    places = hidden = programmes = 0
    for number, publication in enumerate(publications):
        knowledge = write_down([publication])
        demands = _demands(release) if number == 1 else {}
        intervals, solved, contradictions = _Solver(knowledge, demands).intervals(progress)
        findings += [Finding(CONTRADICTION, _words(name), -INFINITY, INFINITY) for name in contradictions]
        findings += _judge(knowledge, intervals, demands, publication)
        places, hidden = (
            len(knowledge.unknowns),
            sum(unknown.hidden for unknown in knowledge.unknowns.values()),
        )
        programmes += solved
    difference = write_down([_difference(publications[0], publications[1])])
    intervals, solved, _ = _Solver(difference, {}).intervals(progress)
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
        with duckdb.connect() as connection:
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
    """Judge an amount by what a reader can know: few persons may stand behind it unless their count says
    otherwise.

    No number can have its share of doubt on both sides in an interval narrower than `narrow`.
    """
    if count is not None and count.lowest >= count.threshold:
        return None
    if _is_exact(lowest, highest):
        return EXACT
    narrow = lowest > 0 and highest < lowest * (1 + protection) / (1 - protection) * (1 - 1e-9)
    return TOO_NARROW if narrow and count is not None else None


def _is_exact(lowest: float, highest: float) -> bool:
    return highest - lowest <= 1e-6 * max(1.0, abs(lowest))


def _words(name: Name) -> str:
    return f"{name[0]} " + " ".join(f"{dimension}={member}" for dimension, member in name[1])


class _Solver:
    """Least and greatest value of every hidden place, one group of tied places after the other."""

    def __init__(self, knowledge: Knowledge, demands: dict[Name, _Demand]):
        self._knowledge = knowledge
        self._demands = demands
        self._programmes = 0

    def intervals(
        self, progress: Callable[[int, int], None] | None = None
    ) -> tuple[dict[Name, tuple[float, float]], int, list[Name]]:
        """Return the interval of every hidden place, the programmes solved, and places whose rows
        contradict."""
        intervals: dict[Name, tuple[float, float]] = {}
        contradictions: list[Name] = []
        groups = self._groups()
        for done, (members, rows) in enumerate(groups, start=1):
            if not self._group(members, rows, intervals):
                contradictions.append(members[0].name)
            if progress:
                progress(done, len(groups))
        return intervals, self._programmes, contradictions

    def _groups(self) -> list[tuple[list[Unknown], list]]:
        unknowns = self._knowledge.unknowns
        root: dict[Name, Name] = {name: name for name, unknown in unknowns.items() if not unknown.known}

        def top(name: Name) -> Name:
            while root[name] != name:
                root[name] = root[root[name]]
                name = root[name]
            return name

        open_rows = []
        for terms, lowest, highest in self._knowledge.rows:
            fixed = sum(
                factor * unknowns[name].lowest for name, factor in terms.items() if unknowns[name].known
            )
            loose = {name: factor for name, factor in terms.items() if not unknowns[name].known}
            if not loose:
                continue
            open_rows.append((loose, lowest - fixed, highest - fixed))
            first, *others = loose
            for other in others:
                root[top(other)] = top(first)
        members: dict[Name, list[Unknown]] = defaultdict(list)
        rows: dict[Name, list] = defaultdict(list)
        for name in sorted(root):
            members[top(name)].append(unknowns[name])
        for row in open_rows:
            rows[top(next(iter(row[0])))].append(row)
        return [
            (of_group, rows[name])
            for name, of_group in members.items()
            if any(unknown.sought for unknown in of_group)
        ]

    def _group(self, members: list[Unknown], rows: list, intervals: dict[Name, tuple[float, float]]) -> bool:
        number = {unknown.name: i for i, unknown in enumerate(members)}
        solver = self._model(members, rows, number)
        least = np.full(len(members), INFINITY)
        greatest = np.full(len(members), -INFINITY)
        if self._run(solver, least, greatest) is None:
            return solver.getModelStatus() != highspy.HighsModelStatus.kInfeasible
        for i, unknown in enumerate(members):
            if not unknown.sought:
                continue
            # Points seen on the way are possible truths: where they already lie far enough apart nothing is
            # left to prove.
            if self._doubtful(unknown, least[i], greatest[i]):
                intervals[unknown.name] = (least[i], greatest[i])
                continue
            highest = self._extreme(solver, i, -1.0, least, greatest)
            if self._doubtful(unknown, least[i], highest):
                intervals[unknown.name] = (least[i], highest)
                continue
            lowest = self._extreme(solver, i, 1.0, least, greatest)
            intervals[unknown.name] = (lowest, highest)
        return True

    def _doubtful(self, unknown: Unknown, lowest: float, highest: float) -> bool:
        """Whether a reader who must allow for both limits is left in as much doubt as the place demands."""
        if unknown.rounded:
            return False
        if unknown.kind == "count":
            return np.floor(highest + TOLERANCE) - np.ceil(lowest - TOLERANCE) >= unknown.threshold
        if not self._demands:
            return False
        demand = self._demands.get(unknown.name)
        return demand is None or (
            lowest <= demand.value - demand.below and highest >= demand.value + demand.above
        )

    def _extreme(
        self, solver: highspy.Highs, i: int, sign: float, least: np.ndarray, greatest: np.ndarray
    ) -> float:
        solver.changeColCost(i, sign)
        point = self._run(solver, least, greatest)
        solver.changeColCost(i, 0.0)
        if point is None:
            return -INFINITY if sign > 0 else INFINITY
        return float(point[i])

    def _run(self, solver: highspy.Highs, least: np.ndarray, greatest: np.ndarray) -> np.ndarray | None:
        solver.run()
        self._programmes += 1
        status = solver.getModelStatus()
        if status in (
            highspy.HighsModelStatus.kUnbounded,
            highspy.HighsModelStatus.kUnboundedOrInfeasible,
            highspy.HighsModelStatus.kInfeasible,
        ):
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise AttackIncompleteError(
                f"the solver stopped without an answer ({status.name}), so nothing is known about the "
                "release / il risolutore si è fermato senza risposta: del rilascio non si sa nulla"
            )
        point = np.array(solver.getSolution().col_value)
        np.minimum(least, point, out=least)
        np.maximum(greatest, point, out=greatest)
        return point

    def _model(self, members: list[Unknown], rows: list, number: dict[Name, int]) -> highspy.Highs:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(members), len(rows)
        lp.col_cost_ = np.zeros(len(members))
        lp.col_lower_ = np.array([_bounded(unknown.lowest) for unknown in members])
        lp.col_upper_ = np.array([_bounded(unknown.highest) for unknown in members])
        lp.row_lower_ = np.array([_bounded(lowest) for _, lowest, _ in rows])
        lp.row_upper_ = np.array([_bounded(highest) for _, _, highest in rows])
        starts, columns, factors = [0], [], []
        for terms, _, _ in rows:
            columns += [number[name] for name in terms]
            factors += list(terms.values())
            starts.append(len(columns))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(columns, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(factors, dtype=float)
        solver = highspy.Highs()
        solver.silent()
        solver.setOptionValue("threads", 1)
        solver.passModel(lp)
        return solver


def _bounded(value: float) -> float:
    return float(np.clip(value, -highspy.kHighsInf, highspy.kHighsInf))
