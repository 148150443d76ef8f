"""Who was served, how often, for the first time, and at what cost each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.second_computation.calendar_days import months_later
from tests.second_computation.cells import Contribution, Figure, Key, cells, divided, persons_behind, total
from tests.second_computation.network_facts import Network, Person, Scope
from tests.second_computation.spending import (
    TERRITORY,
    allocated_deliveries,
    allocation_scopes,
    delivery_scopes,
    funded_scopes,
)


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the five indicators of reach."""
    as_of = network.as_of
    funded = funded_scopes(network)
    served, by_territory, costs = [], [], []
    for delivery in network.ledger("service_delivery"):
        day = delivery["start_date"]
        persons = network.persons(delivery.instance, delivery["person_id"])
        areas = network.service_areas(delivery.instance, delivery["service_id"])
        by_funder = funded[delivery.instance, delivery.record_id]
        if delivery.effective:
            everywhere = [*delivery_scopes(network, delivery, comune=True), *by_funder]
            served.append(Contribution(day, everywhere, areas, Decimal(1), persons=persons))
            territory = network.territory(delivery.instance, *TERRITORY)
            by_territory.append(Contribution(day, territory, areas, persons=persons))
            costs.append(Contribution(day, by_funder, areas, persons=persons, what=persons))
        without_place = delivery_scopes(network, delivery, comune=False)
        who_counts = persons if delivery.effective else frozenset()
        costs.append(
            Contribution(
                day, without_place, areas, delivery["amount_total"], persons=persons, what=who_counts
            )
        )
    for allocation, source in allocated_deliveries(network):
        costs.append(
            Contribution(
                source["start_date"],
                allocation_scopes(network, allocation),
                network.service_areas(source.instance, source["service_id"]),
                allocation["amount"],
                persons=network.persons(source.instance, source["person_id"]),
                what=frozenset(),
            )
        )

    def per_thousand(scope: Scope, group: list[Contribution]) -> Figure | None:
        persons = len(persons_behind(group))
        if persons == 0:
            return None
        return divided(Decimal(1000 * persons), network.residents_of(scope), persons)

    yield from cells("persons_served", served, distinct, as_of)
    yield from cells("deliveries", served, total, as_of)
    yield from cells("persons_per_1000", by_territory, per_thousand, as_of)
    yield from _first_time(network)
    yield from cells("cost_per_person", costs, _cost_per_person, as_of)


def distinct(scope: Scope, group: list[Contribution]) -> Figure | None:
    """The distinct persons; no figure without any."""
    # Erased people count as nobody: rows of nobody else feed no count of people, and make no cell.
    persons = len(persons_behind(group))
    if persons == 0:
        return None
    return Figure(Decimal(persons), None, float(persons), persons)


def _cost_per_person(scope: Scope, group: list[Contribution]) -> Figure:
    served = {person for each in group for person in each.what}
    numerator = sum((each.numerator for each in group), Decimal(0))
    return divided(numerator, len(served), len(persons_behind(group)))


def _first_time(network: Network) -> Iterator[tuple[Key, Figure]]:
    served = []
    for delivery in network.ledger("service_delivery"):
        if delivery.effective:
            persons = network.persons(delivery.instance, delivery["person_id"])
            scopes = network.territory(delivery.instance, "network", "instance")
            served.append(Contribution(delivery["start_date"], scopes, persons=persons))
    # The window depends on the period's start, so the cells are made first and their figures then.
    days = served_days(network)
    for key, persons in cells("first_time_persons", served, behind, network.as_of):
        figure = first_time_figure(key, persons, days)
        if figure is not None:
            yield key, figure


def served_days(network: Network) -> dict[Person, set[date]]:
    """Return the days of every person's effective deliveries, in any instance."""
    days = defaultdict(set)
    for delivery in network.ledger("service_delivery"):
        if delivery.effective:
            for person in network.persons(delivery.instance, delivery["person_id"]):
                days[person].add(delivery["start_date"])
    return days


def first_time_figure(key: Key, persons: set[Person], days: dict[Person, set[date]]) -> Figure | None:
    """Return how many of those served in a cell were not in the 24 months before; None for nobody."""
    start = key[6]
    window_start = months_later(start, -24)
    new = {person for person in persons if not any(window_start <= day < start for day in days[person])}
    return Figure(Decimal(len(new)), None, float(len(new)), len(new)) if new else None


def behind(scope: Scope, group: list[Contribution]) -> set[Person]:
    """The persons behind a cell, to be made a figure when its period is known."""
    return persons_behind(group)
