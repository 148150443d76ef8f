"""Results against what was promised, and how much of the money can show any outcome."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tests.second_computation.calendar_days import last_day, periods_between
from tests.second_computation.cells import PERIODS, Contribution, Figure, Key
from tests.second_computation.funding import LINES, attributions
from tests.second_computation.network_facts import Fact, Network, Person, Scope
from tests.second_computation.outcomes import Course, courses
from tests.second_computation.over_time import stock_cells
from tests.second_computation.spending import allocated_deliveries

ENOUGH_PAIRS, ENOUGH_FOLLOWED = 10, Decimal("0.6")
# What a ratio or a mean is kept with.
DECIMALS = Decimal("0.0001")
Grant = tuple[str, str]
Reached = tuple[Decimal, set[Person] | None]


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield target_progress and outcome_coverage."""
    yield from _progress(network)
    by_grant: dict[Grant, list[Course]] = defaultdict(list)
    for course in courses(network):
        if course.grant_id is not None:
            by_grant[course.instance, course.grant_id].append(course)
    grants = []
    for grant in network.present("grant"):
        if grant["status"] in {"ACTIVE", "CLOSED"}:
            scopes = [
                *network.territory(grant.instance, "network", "instance"),
                *network.organisation("funder", grant.instance, grant["funder_id"]),
            ]
            own = by_grant[grant.instance, grant.record_id]
            grants.append(Contribution(grant["deliberated_on"], scopes, what=(grant, own)))
    yield from stock_cells("outcome_coverage", grants, _measured, network.as_of)


def _measured(scope: Scope, group: list[Contribution], end: date, t: date) -> Figure:
    above = below = Decimal(0)
    for grant, own in (each.what for each in group):
        begun = sum(1 for course in own if course.before["measured_on"] <= t)
        pairs = sum(1 for course in own if course.last_by(t))
        below += grant["amount_deliberated"]
        if pairs >= ENOUGH_PAIRS and pairs >= ENOUGH_FOLLOWED * begun:
            above += grant["amount_deliberated"]
    if below == 0:
        return Figure(above, below, None, None, "denominator_missing")
    return Figure(above, below, float(above / below), None)


class Results:
    """What each grant has reached so far, by measure."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.deliveries: dict[Grant, dict[str, Fact]] = defaultdict(dict)
        for allocation, source in allocated_deliveries(network):
            if allocation.effective and source.effective and allocation["grant_id"] is not None:
                self.deliveries[source.instance, allocation["grant_id"]][source.record_id] = source
        self.attributed: dict[str, list[Contribution]] = defaultdict(list)
        for contribution in attributions(network):
            for kind, scope_id in contribution.scopes:
                if kind == "grant":
                    self.attributed[scope_id].append(contribution)
        self.lines: dict[tuple[Grant, str], list[Fact]] = defaultdict(list)
        for line in network.ledger("grant_line"):
            self.lines[(line.instance, line["grant_id"]), line["line_type"]].append(line)
        self.courses: dict[Grant, list[Course]] = defaultdict(list)
        for course in courses(network):
            if course.grant_id is not None:
                self.courses[course.instance, course.grant_id].append(course)

    def of(self, grant: Grant, measure: str, end: date) -> Reached | str | None:
        """Return what is reached by the end of a period and by whom; a status; None where nothing can be."""
        if measure in {"persons_served", "deliveries"}:
            so_far = [fact for fact in self.deliveries[grant].values() if fact["start_date"] <= end]
            persons = {
                person for fact in so_far for person in self.network.persons(fact.instance, fact["person_id"])
            }
            return Decimal(len(persons) if measure == "persons_served" else len(so_far)), persons
        if measure == "attributed":
            parts = [each for each in self.attributed[f"{grant[0]}:{grant[1]}"] if each.day <= end]
            persons = {person for each in parts for person in each.persons}
            return sum((each.numerator for each in parts), Decimal(0)), persons
        if measure in LINES:
            lines = [line for line in self.lines[grant, LINES[measure]] if line["entry_date"] <= end]
            return sum((line["amount"] for line in lines), Decimal(0)), None
        return self._outcome(grant, measure, end)

    def _outcome(self, grant: Grant, measure: str, end: date) -> Reached | str | None:
        begun = [course for course in self.courses[grant] if course.before["measured_on"] <= end]
        lasts = [(course, course.last_by(end)) for course in begun]
        pairs = [(course, last) for course, last in lasts if last]
        paired = [course for course, _ in pairs]
        if measure == "outcome_improved":
            return _share(sum(1 for course, last in pairs if course.change(last) > 0), paired)
        if measure == "followup_rate":
            return _share(len(pairs), begun)
        if self.network.attributes("outcome_indicator", grant[0], measure) is None:
            return "not_applicable"
        of_scale = [(course, last) for course, last in pairs if course.indicator_id == measure]
        return _share(
            sum((last["value"] for _, last in of_scale), Decimal(0)), [course for course, _ in of_scale]
        )


def _share(above: Decimal | int, among: list[Course]) -> Reached | None:
    if not among:
        return None
    return Decimal(above) / len(among), {course.person for course in among}


def _progress(network: Network) -> Iterator[tuple[Key, Figure]]:
    results = Results(network)
    targets: dict[tuple[Grant, str], list[Fact]] = defaultdict(list)
    for target in network.present("grant_target"):
        targets[(target.instance, target["grant_id"]), target["measure"]].append(target)
    awarded = {(fact.instance, fact.record_id): fact for fact in network.present("grant")}
    for (grant, measure), promised in targets.items():
        if grant not in awarded:
            continue
        for period in PERIODS:
            for start in periods_between(period, awarded[grant]["deliberated_on"], network.as_of):
                end = last_day(period, start)
                figure = _against(promised, results.of(grant, measure, end), min(end, network.as_of))
                item = _item(network, grant[0], measure)
                if figure is not None:
                    yield (
                        ("target_progress", "grant", f"{grant[0]}:{grant[1]}", item, "ALL", period, start),
                        figure,
                    )


def _item(network: Network, instance: str, measure: str) -> str:
    is_scale = network.attributes("outcome_indicator", instance, measure) is not None
    return f"{instance}:{measure}" if is_scale else measure


def _against(promised: list[Fact], reached: Reached | str | None, t: date) -> Figure | None:
    if reached is None:
        return None
    if isinstance(reached, str):
        return Figure(None, None, None, None, reached)
    ahead = [target for target in promised if target["due_on"] >= t]
    target = min(ahead, key=_due) if ahead else max(promised, key=_due)
    amount, persons = reached
    baseline = target["baseline"] or Decimal(0)
    above, below = amount.quantize(DECIMALS, ROUND_HALF_UP) - baseline, target["target"] - baseline
    n_persons = None if persons is None else len(persons)
    if below == 0:
        return Figure(above, below, None, n_persons, "denominator_missing")
    return Figure(above, below, float(above / below), n_persons)


def _due(target: Fact) -> tuple[date, str]:
    return target["due_on"], target.record_id
