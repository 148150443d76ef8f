"""People behind a comparison: how many an instance would reach at the others' rates, and what each brings."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from tests.second_computation.calendar_days import period_of
from tests.second_computation.dose import coded_item
from tests.second_computation.network_facts import Network, Person
from tests.second_computation.population import Population
from tests.second_computation.residents import residents_by_group
from tests.second_computation.vouchers import net_amounts

# By indicator, item, area, year and instance: what each person brings above and below. Rows of nobody (any
# more) are one contributor together.
Means = Mapping[tuple[str, str, str, date, str], Mapping[Person | None, Sequence[Decimal]]]
UNKNOWN = "unknown"


def person_means(network: Network) -> Means:
    """Return the sums by person of the three means that are compared."""
    found: dict[tuple, dict[Person | None, list[Decimal]]] = defaultdict(
        lambda: defaultdict(lambda: [Decimal(0), Decimal(0)])
    )
    for delivery in network.ledger("service_delivery"):
        instance, start = delivery.instance, period_of("year", delivery["start_date"])
        person = network.person(instance, delivery["person_id"])
        for area in network.service_areas(instance, delivery["service_id"]):
            key = ("spend_municipal_per_resident", "ALL", area, start, instance)
            found[key][person][0] += delivery["amount_municipality"]
        item = coded_item(network, delivery)
        if item is not None:
            sums = found["unit_cost_std", item, "ALL", start, instance][person]
            sums[0] += delivery["amount_total"]
            sums[1] += delivery["quantity"]
    net = net_amounts(network)
    for voucher in network.present("voucher"):
        if voucher["expires_on"] < network.as_of:
            amounts = net[voucher.instance, voucher.record_id]
            start = period_of("year", voucher["issued_on"])
            key = ("voucher_redemption_rate", "ALL", "ALL", start, voucher.instance)
            sums = found[key][network.person(voucher.instance, voucher["person_id"])]
            sums[0] += amounts["voucher_redeemed"]
            sums[1] += amounts["voucher_issued"]
    return found


class _Exposure:
    """Who was reached, by group, and who lives where."""

    def __init__(self, network: Network) -> None:
        population = Population(network)
        people: dict[tuple[str, str, int], set[Person]] = defaultdict(set)
        for delivery in network.ledger("service_delivery"):
            if delivery.effective:
                for person in network.persons(delivery.instance, delivery["person_id"]):
                    for area in network.service_areas(delivery.instance, delivery["service_id"]):
                        people[delivery.instance, area, delivery["start_date"].year].add(person)
        self.reached = {
            key: Counter(_group(population, person, key[2]) for person in persons)
            for key, persons in people.items()
        }
        self.residents = {name: self._living(network, name) for name in network.territories}

    @staticmethod
    def _living(network: Network, instance: str) -> dict[str, float]:
        """Return all residents by group; the two counts are of different days: one lends its proportions."""
        whole = float(network.residents_of(("instance", instance)) or 0)
        known: Counter[str] = Counter()
        for comune in {network.comune_today(comune) for comune in network.territories[instance].comuni}:
            for (sex, band), n in residents_by_group().get(comune, {}).items():
                known[f"{sex}:{band}"] += n
        living = {group: whole * n / known.total() for group, n in known.items()} if known.total() else {}
        return {**living, UNKNOWN: whole}


def _group(population: Population, person: Person, year: int) -> str:
    groups = population.of(person).groups(year)
    return f"{groups['sex']}:{groups['age']}" if {"sex", "age"} <= groups.keys() else UNKNOWN


@functools.lru_cache(maxsize=2)
def _exposure(network: Network) -> _Exposure:
    return _Exposure(network)


def expected_persons(
    network: Network, instance: str, area: str, year: int, active: set[tuple[str, date]]
) -> float | None:
    """Return how many people an instance would reach at the others' rates by sex and age.

    None where one of its groups lives nowhere else. People without sex or age are expected of
    all residents alike.
    """
    exposure = _exposure(network)
    others = [name for name, start in active if start.year == year and name != instance]
    expected = 0.0
    for group, living in exposure.residents[instance].items():
        if living <= 0:
            continue
        elsewhere = sum(exposure.residents[name].get(group, 0.0) for name in others)
        if elsewhere <= 0:
            return None
        expected += (
            living
            * sum(exposure.reached.get((name, area, year), {}).get(group, 0) for name in others)
            / elsewhere
        )
    return expected
