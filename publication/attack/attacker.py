"""The attack: how narrowly can every hidden number be worked out from what is published?

A release, or two successive ones, arrive; the places where somebody could be found out leave. Nothing is
mended here.
"""

import json
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import duckdb
import numpy as np

from core.duckdb_sessions import connect
from publication.attack.classes import none_at_all, same_in_all
from publication.attack.knowledge import counts_beside, write_down
from publication.attack.public_money import FIGURE, persons_in_print
from publication.attack.published import Name, Publication, UnreadableReleaseError, read_publication
from publication.attack.remainders import count_of
from publication.attack.solver import TOLERANCE, Demand, Solver, is_exact, is_narrow, words
from publication.attack.unknowns import INFINITY, Knowledge, Unknown
from publication.attack.whereabouts import AtWork, read_at_work

SMALL_PRINTED = "small_count_printed"
EXACT = "exact"
TOO_NARROW = "interval_too_narrow"
SMALL_NARROWED = "more_told_of_a_small_count_than_that_it_is_small"
SMALL_DIFFERENCE = "small_difference_between_releases"
PERSON_PRINTED = "money_of_a_person_printed"
ONE_CLASS = "everybody_in_one_class"
CONTRADICTION = "tables_contradict_each_other"


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
    """What the attack did. It found nothing when `findings` is empty.

    `told_before` is what an earlier release tells by itself to whoever knows more than the tables, who works
    where and which marks stand for small counts, and of those who did not go on from stage to stage. No later
    release can take it back or adds to it.
    """

    findings: tuple[Finding, ...]
    places: int
    hidden: int
    programmes: int
    told_before: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Besides:
    """What a reader knows besides the tables. `at_work`: which provider works where; `is_told`: which marks
    stand for small counts, as far as the private side or the pattern of the marks tells.
    `of_remainders`: how many did not go on from one stage to another; the attack looked for it later than for
    all else, so that an earlier release may tell it."""

    at_work: Set[AtWork] = frozenset()
    is_told: bool = False
    of_remainders: bool = False


def attack(
    release: Path,
    with_previous: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    former: Iterable[Path] = (),
) -> AttackReport:
    """Attack a release folder, or the public side of one, alone or together with an earlier release.

    Where the private side stands beside, the attack knows which amounts are sensitive and how wide the doubt
    must be, who works where, and which marks stand for small counts; otherwise it judges what a reader can
    judge. `former` are other folders that were public before; they are read only where something is found.
    Raises UnreadableReleaseError.
    """
    folders = [folder for folder in (with_previous, release) if folder is not None]
    publications = [read_publication(folder) for folder in folders]
    besides = _Besides(read_at_work(folders), is_told=True, of_remainders=True)
    report = _attack(publications, release, besides, progress)
    if not report.findings:
        return report
    earlier = chain(publications[:-1], (read_publication(folder) for folder in former))
    return _without_told_before(report, publications, release, besides, earlier)


def _without_told_before(
    report: AttackReport,
    publications: list[Publication],
    release: Path,
    besides: _Besides,
    earlier: Iterable[Publication],
) -> AttackReport:
    """Set apart what only knowledge from besides the tables finds, and an earlier release tells alone."""
    by_tables = {finding.place for finding in _attack(publications, release, _Besides(), None).findings}
    findings, told = list(report.findings), []
    for publication in earlier:
        alone = _attack([publication], release, besides, None).findings
        by_place = {finding.place: finding for finding in alone if finding.place not in by_tables}
        before = [finding for finding in findings if _is_no_news(finding, by_place.get(finding.place))]
        told += before
        findings = [finding for finding in findings if finding not in before]
        if not findings:
            break
    return replace(report, findings=tuple(findings), told_before=tuple(told))


def _is_no_news(finding: Finding, before: Finding | None) -> bool:
    return before is not None and (
        finding.lowest <= before.lowest + TOLERANCE and finding.highest >= before.highest - TOLERANCE
    )


def _attack(
    publications: list[Publication],
    release: Path,
    besides: _Besides,
    progress: Callable[[int, int], None] | None,
) -> AttackReport:
    knowledge = write_down(publications, besides.at_work, with_remainders=besides.of_remainders)
    findings = _printed_small(publications)
    findings += _printed_persons(release, publications)
    if len(publications) == 2:
        findings += _small_differences(publications[0], publications[1])
        findings += _moved_amounts(publications[0], publications[1])
        # An exact figure that is public by law tells nothing of what is hidden, also where it changed.
        if any(knowledge.unknowns[name].threshold for name in knowledge.contradictions):
            return _attack_separately(publications, findings, release, besides, progress)
    demands = _demands(release)
    solver = Solver(
        knowledge, demands, publications[-1].protection, same_in_all(knowledge, publications), besides.is_told
    )
    intervals, programmes, contradictions = solver.intervals(progress)
    findings += _everybody(knowledge, publications, solver, intervals)
    findings += [Finding(CONTRADICTION, words(name), -INFINITY, INFINITY) for name in contradictions]
    findings += _judge(knowledge, intervals, demands, publications[-1])
    findings += _remainders(knowledge, intervals, demands, publications[-1])
    findings += _narrowed(findings, solver)
    return AttackReport(tuple(findings), *_places(knowledge), programmes)


def _attack_separately(
    publications: list[Publication],
    findings: list[Finding],
    release: Path,
    besides: _Besides,
    progress: Callable[[int, int], None] | None,
) -> AttackReport:
    """Two releases that print different numbers for one place: each system by itself,
    and their differences.
    """
    places = hidden = programmes = 0
    for number, publication in enumerate(publications):
        knowledge = write_down([publication], besides.at_work, with_remainders=besides.of_remainders)
        demands = _demands(release) if number == 1 else {}
        pairs = same_in_all(knowledge, [publication])
        solver = Solver(knowledge, demands, publication.protection, pairs, besides.is_told)
        intervals, solved, contradictions = solver.intervals(progress)
        if number == 1:
            findings += _everybody(knowledge, [publication], solver, intervals)
        findings += [Finding(CONTRADICTION, words(name), -INFINITY, INFINITY) for name in contradictions]
        findings += _judge(knowledge, intervals, demands, publication)
        findings += _remainders(knowledge, intervals, demands, publication)
        findings += _narrowed(findings, solver)
        places, hidden = _places(knowledge)
        programmes += solved
    difference = write_down([_difference(publications[0], publications[1])])
    intervals, solved, _ = Solver(difference, {}, publications[1].protection, []).intervals(progress)
    for name, (lowest, highest) in intervals.items():
        unknown = difference.unknowns[name]
        if (
            unknown.kind == "count"
            and unknown.hidden
            and highest - lowest < TOLERANCE
            and (0 < round(highest) < unknown.threshold)
        ):
            findings.append(Finding(SMALL_DIFFERENCE, words(name), lowest, highest))
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
                findings.append(Finding(SMALL_PRINTED, words(name), printed.value, printed.value))
                break
    return findings


def _printed_persons(release: Path, publications: list[Publication]) -> list[Finding]:
    """Money of persons in print that the release before did not print."""
    before = publications[0].printed if len(publications) > 1 else {}
    return [
        Finding(PERSON_PRINTED, words(name), value, value)
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
            findings.append(Finding(SMALL_DIFFERENCE, words(name), difference, difference))
    return findings


def _everybody(
    knowledge: Knowledge,
    publications: list[Publication],
    solver: Solver,
    intervals: dict[Name, tuple[float, float]],
) -> list[Finding]:
    """Places where it is certain that everybody stands in one class, unless the release before told it."""
    certain = _certain(knowledge, publications, solver)
    if certain and len(publications) > 1:
        earlier = write_down(publications[:-1])
        pairs = same_in_all(earlier, publications[:-1])
        before = Solver(earlier, {}, publications[-2].protection, pairs)
        before.intervals()
        certain -= _certain(earlier, publications[:-1], before)
    return [
        Finding(ONE_CLASS, words(name), *intervals.get(name, _limits(knowledge, name)))
        for name in sorted(certain)
    ]


def _certain(knowledge: Knowledge, publications: list[Publication], solver: Solver) -> set[Name]:
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
            findings.append(Finding(SMALL_DIFFERENCE, words(name), difference, difference))
    return findings


def _demands(release: Path) -> dict[Name, Demand]:
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
        (measure, tuple(sorted(json.loads(place).items()))): Demand(float(value), below, above)
        for measure, place, value, below, above in rows
    }


def _judge(
    knowledge: Knowledge,
    intervals: dict[Name, tuple[float, float]],
    demands: dict[Name, Demand],
    publication: Publication,
) -> list[Finding]:
    findings = []
    beside = counts_beside(knowledge, publication)
    for name in sorted(intervals):
        unknown, (lowest, highest) = knowledge.unknowns[name], intervals[name]
        if unknown.is_remainder:
            continue
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
            findings.append(Finding(kind, words(name), lowest, highest))
    return findings


def _remainders(
    knowledge: Knowledge,
    intervals: dict[Name, tuple[float, float]],
    demands: dict[Name, Demand],
    publication: Publication,
) -> list[Finding]:
    """Places where it can be worked out how few did not go on, or what money is theirs."""
    found = []
    known = {name for name, unknown in knowledge.unknowns.items() if unknown.is_remainder and unknown.known}
    for name in sorted(known | intervals.keys()):
        unknown = knowledge.unknowns[name]
        if not unknown.is_remainder:
            continue
        lowest, highest = intervals.get(name, (unknown.lowest, unknown.highest))
        if unknown.kind == "count":
            lowest, highest = float(np.ceil(lowest - TOLERANCE)), float(np.floor(highest + TOLERANCE))
            kind = _judge_count_of_remainder(lowest, highest, unknown)
        else:
            count = count_of(knowledge, name)
            persons = (
                (0.0, INFINITY) if count is None else intervals.get(count.name, (count.lowest, count.highest))
            )
            few = (
                count is not None and persons[1] > 1 - TOLERANCE and persons[0] < count.threshold - TOLERANCE
            )
            kind = _judge_inside(lowest, highest, demands.get(name))
            if kind is None and few and lowest > 0:
                is_open = not is_exact(lowest, highest) and not is_narrow(
                    lowest, highest, publication.protection
                )
                kind = None if is_open else EXACT if is_exact(lowest, highest) else TOO_NARROW
        if kind:
            found.append(Finding(kind, words(name), lowest, highest))
    return found


def _judge_count_of_remainder(lowest: float, highest: float, unknown: Unknown) -> str | None:
    """Judge how many did not go on: where it is certain that all did, that is for their class to say."""
    if highest <= 0 or lowest >= unknown.threshold:
        return None
    if unknown.rounded:
        return EXACT if highest <= lowest else None
    if highest - lowest >= unknown.threshold:
        return None
    return EXACT if highest <= lowest else TOO_NARROW


def _places(knowledge: Knowledge) -> tuple[int, int]:
    """How many places there are, and how many of them are hidden."""
    places = [unknown for unknown in knowledge.unknowns.values() if not unknown.is_remainder]
    return len(places), sum(unknown.hidden for unknown in places)


def _narrowed(findings: Sequence[Finding], solver: Solver) -> list[Finding]:
    """Small counts of which more is told than that they are small, where nothing else was found."""
    known = {finding.place for finding in findings}
    return [
        Finding(EXACT if highest <= lowest else SMALL_NARROWED, words(name), lowest, highest)
        for name, (lowest, highest) in sorted(solver.narrowed.items())
        if words(name) not in known
    ]


def _judge_inside(lowest: float, highest: float, demand: Demand | None) -> str | None:
    """Judge an amount by what the release itself demands."""
    if demand is None or max(demand.below, demand.above) == 0:
        return None
    slack = 1e-6 * max(1.0, abs(demand.value))
    narrow = lowest > demand.value - demand.below + slack or highest < demand.value + demand.above - slack
    return (EXACT if is_exact(lowest, highest) else TOO_NARROW) if narrow else None


def _judge_outside(lowest: float, highest: float, count: Unknown | None, protection: float) -> str | None:
    """Judge an amount by what a reader can know: few persons may stand behind it unless their
    count says otherwise.

    No number can have its share of doubt on both sides in an interval narrower than `narrow`.
    """
    if count is not None and count.lowest >= count.threshold:
        return None
    if is_exact(lowest, highest):
        return EXACT
    return TOO_NARROW if is_narrow(lowest, highest, protection) and count is not None else None
