"""Whether people were satisfied, improved, were followed up, and what an improvement cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.second_computation.cells import (
    Contribution,
    Figure,
    Key,
    cells,
    cumulative_cells,
    divided,
    persons_behind,
    ratio,
)
from tests.second_computation.funding import attributions
from tests.second_computation.network_facts import Fact, Network, Person, Scope
from tests.second_computation.student import mean_interval

ONE, NONE = Decimal(1), Decimal(0)
AFTER = {"T1": 1, "T2": 2, "FU": 3}


@dataclass(frozen=True)
class Course:
    """One person's course on one indicator within one grant: where it began, and what was measured since, in
    order. `sign` is 1 where better is up, else -1."""

    instance: str
    indicator_id: str
    grant_id: str | None
    person: Person
    before: Fact
    afters: list[Fact]
    sign: int

    @property
    def last(self) -> Fact | None:
        """The last measurement since."""
        return self.afters[-1] if self.afters else None

    def last_by(self, day: date) -> Fact | None:
        """Return the last measurement since, as it was known on a day; None where no pair was known yet."""
        known = [fact for fact in self.afters if fact["measured_on"] <= day]
        return known[-1] if known and self.before["measured_on"] <= day else None

    def change(self, last: Fact) -> Decimal:
        """Return what changed from the beginning to a measurement since; plus is better."""
        return (last["value"] - self.before["value"]) * self.sign

    @property
    def improved(self) -> bool:
        """Whether the last value is better than the first."""
        return self.last is not None and self.change(self.last) > 0


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the five indicators of quality."""
    as_of = network.as_of
    yield from cells("satisfaction", _satisfaction(network), ratio, as_of)
    change, followed, worth = [], [], []
    for course in courses(network):
        who = frozenset([course.person])
        scopes = [
            *network.territory(course.instance, "network", "instance"),
            *network.grant_scopes(course.instance, course.grant_id),
        ]
        begun = network.organisation("provider", course.instance, course.before["provider_id"])
        again = ONE if course.last else NONE
        followed.append(
            Contribution(course.before["measured_on"], [*scopes, *begun], ["ALL"], again, ONE, who)
        )
        if course.last is None:
            continue
        day: date = course.last["measured_on"]
        item = f"{course.instance}:{course.indicator_id}"
        change.append(Contribution(day, scopes, ["ALL"], course.change(course.last), ONE, who, item))
        if course.improved:
            grant = network.own("grant", course.instance, course.grant_id)
            worth.append(Contribution(day, grant, persons=who, what=who))
    for attribution in attributions(network):
        grant = [scope for scope in attribution.scopes if scope[0] == "grant"]
        worth.append(
            Contribution(
                attribution.day,
                grant,
                numerator=attribution.numerator,
                persons=attribution.persons,
                what=frozenset(),
            )
        )
    yield from cells("outcome_improved", paired(network), ratio, as_of)
    yield from cells("outcome_change", change, _mean_change, as_of)
    yield from cells("followup_rate", followed, ratio, as_of)
    yield from cumulative_cells("cost_per_improved", worth, _cost_per_improved, as_of)


def paired(network: Network) -> Iterator[Contribution]:
    """Yield the courses with a last value, on its day, one above where it is better."""
    for course in courses(network):
        if course.last is None:
            continue
        scopes = [
            *network.territory(course.instance, "network", "instance"),
            *network.grant_scopes(course.instance, course.grant_id),
            *network.organisation("provider", course.instance, course.last["provider_id"]),
        ]
        better = ONE if course.improved else NONE
        who = frozenset([course.person])
        yield Contribution(course.last["measured_on"], scopes, ["ALL"], better, ONE, who)


def courses(network: Network) -> Iterator[Course]:
    """Yield one course per instance, outcome indicator, grant (or none) and person with a first value."""
    measured = defaultdict(list)
    for fact in network.ledger("measurement"):
        scale = network.attributes("outcome_indicator", fact.instance, fact["indicator_id"])
        person = network.person(fact.instance, fact["person_id"])
        if fact.effective and scale and scale["kind"] == "OUTCOME" and person:
            measured[fact.instance, fact["indicator_id"], fact["grant_id"], person].append(fact)
    for (instance, indicator_id, grant_id, person), facts in measured.items():
        baselines = [fact for fact in facts if fact["wave"] == "T0"]
        if not baselines:
            continue
        before = min(baselines, key=lambda fact: (fact["measured_on"], fact.record_id))
        afters = sorted(
            (fact for fact in facts if fact["wave"] in AFTER),
            key=lambda fact: (fact["measured_on"], AFTER[fact["wave"]], fact.record_id),
        )
        scale = network.attributes("outcome_indicator", instance, indicator_id)
        sign = 1 if scale["direction"] == "UP" else -1
        yield Course(instance, indicator_id, grant_id, person, before, afters, sign)


def _satisfaction(network: Network) -> Iterator[Contribution]:
    for fact in network.ledger("measurement"):
        scale = network.attributes("outcome_indicator", fact.instance, fact["indicator_id"])
        if not fact.effective or not scale or scale["kind"] != "SATISFACTION":
            continue
        if scale["direction"] == "UP":
            satisfied = fact["value"] >= scale["scale_max"] - 1
        else:
            satisfied = fact["value"] <= scale["scale_min"] + 1
        scopes = [
            *network.territory(fact.instance, "network", "instance"),
            *network.organisation("provider", fact.instance, fact["provider_id"]),
            *network.own("service", fact.instance, fact["service_id"]),
        ]
        persons = network.persons(fact.instance, fact["person_id"])
        yield Contribution(fact["measured_on"], scopes, ["ALL"], ONE if satisfied else NONE, ONE, persons)


def _mean_change(scope: Scope, group: list[Contribution]) -> Figure:
    figure = ratio(scope, group)
    low, high = mean_interval([each.numerator for each in group]) or (None, None)
    return Figure(figure.numerator, figure.denominator, figure.value, figure.n_persons, "ok", low, high)


def _cost_per_improved(scope: Scope, group: list[Contribution]) -> Figure:
    numerator = sum((each.numerator for each in group), Decimal(0))
    improved = {person for each in group for person in each.what}
    return divided(numerator, len(improved), len(persons_behind(group)))
