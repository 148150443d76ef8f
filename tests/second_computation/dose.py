"""What a coded service costs by unit, how much of it a person gets, and how much carries a code."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.second_computation.cells import Contribution, Figure, Key, cells, divided, persons_behind, ratio
from tests.second_computation.network_facts import Fact, Network, Scope

NONE = Decimal(0)
NO_DOSE = {"EUR", "ITEM"}


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the three measures of price and dose."""
    cost, dose, coded = [], [], []
    for delivery in network.ledger("service_delivery"):
        day, instance = delivery["start_date"], delivery.instance
        persons = network.persons(instance, delivery["person_id"])
        scopes = [
            *network.territory(instance, "network", "instance"),
            *network.organisation("provider", instance, delivery["provider_id"]),
        ]
        service = network.attributes("service", instance, delivery["service_id"])
        whole, quantity = delivery["amount_total"], delivery["quantity"]
        has_code = service is not None and service["nomenclatore_code"] is not None
        coded.append(Contribution(day, scopes, ["ALL"], whole if has_code else NONE, whole, persons))
        if service is None or service["unit"] in NO_DOSE:
            continue
        item = coded_item(network, delivery)
        served = persons if delivery.effective else frozenset()
        if item is not None:
            cost.append(Contribution(day, scopes, ["ALL"], whole, quantity, persons, item))
            dose.append(Contribution(day, scopes, ["ALL"], quantity, NONE, persons, item, served))
        item = f"{service['macro_area']}:{service['unit']}"
        dose.append(Contribution(day, scopes, ["ALL"], quantity, NONE, persons, item, served))
    yield from cells("unit_cost_std", cost, ratio, network.as_of, ["year"])
    yield from cells("intensity", dose, _per_person, network.as_of, ["year"])
    yield from cells("code_coverage", coded, ratio, network.as_of, ["year"])


def coded_item(network: Network, delivery: Fact) -> str | None:
    """Return `<nomenclatore_code>:<unit>` of a delivery; None without a code or where the unit is no dose."""
    service = network.attributes("service", delivery.instance, delivery["service_id"])
    if service is None or service["nomenclatore_code"] is None or service["unit"] in NO_DOSE:
        return None
    return f"{service['nomenclatore_code']}:{service['unit']}"


def _per_person(scope: Scope, group: list[Contribution]) -> Figure:
    served = {person for each in group for person in each.what}
    quantity = sum((each.numerator for each in group), NONE)
    return divided(quantity, len(served), len(persons_behind(group)))
