"""Whose money pays for services: municipalities, health service, users, and those whom allocations name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.second_computation.cells import (
    Contribution,
    Figure,
    Key,
    cells,
    divided,
    persons_behind,
    ratio,
    total,
)
from tests.second_computation.membership import membership_scopes
from tests.second_computation.network_facts import Fact, Network, Scope
from tests.second_computation.spending import TERRITORY, allocated_deliveries

NONE = Decimal(0)
# In the order in which they take their part of the other money.
FUNDERS = {
    "FOUNDATION": ("FOUNDATION",),
    "REGION_STATE": ("REGION", "STATE"),
    "EMPLOYER": ("EMPLOYER", "BILATERAL_BODY", "EMPLOYER_ASSOCIATION"),
}


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the four measures of sources."""
    municipal, per_resident, mix = [], [], []
    parts_of = {
        (delivery.instance, delivery.record_id): parts for delivery, parts in parts_by_source(network)
    }
    for delivery in network.ledger("service_delivery"):
        day = delivery["start_date"]
        persons = network.persons(delivery.instance, delivery["person_id"])
        areas = network.service_areas(delivery.instance, delivery["service_id"])
        territory = network.territory(delivery.instance, *TERRITORY)
        provider = network.organisation("provider", delivery.instance, delivery["provider_id"])
        own = delivery["amount_municipality"]
        municipal.append(Contribution(day, [*territory, *provider], areas, own, persons=persons))
        per_resident.append(Contribution(day, territory, areas, own, persons=persons))
        groups = membership_scopes(network, delivery.instance, delivery["provider_id"], day)
        for item, part in parts_of[delivery.instance, delivery.record_id].items():
            mix.append(
                Contribution(
                    day,
                    [*territory, *provider, *groups],
                    areas,
                    part,
                    delivery["amount_total"],
                    persons,
                    item,
                )
            )

    def over_residents(scope: Scope, group: list[Contribution]) -> Figure:
        numerator = sum((each.numerator for each in group), NONE)
        return divided(numerator, network.residents_of(scope), len(persons_behind(group)))

    yield from cells("spend_municipal", municipal, total, network.as_of)
    yield from cells("spend_municipal_per_resident", per_resident, over_residents, network.as_of, ["year"])
    yield from cells("source_mix", mix, ratio, network.as_of)
    yield from cells("cofunding_seen", _cofunding(network), ratio, network.as_of)


def parts_by_source(network: Network) -> Iterator[tuple[Fact, dict[str, Decimal]]]:
    """Yield every delivery with the seven parts of its amount; they add up to it."""
    allocated: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for allocation, source in allocated_deliveries(network):
        funder = network.attributes("organisation", allocation.instance, allocation["funder_id"])
        if allocation.effective and funder:
            allocated[source.instance, source.record_id, funder["kind"]] += allocation["amount"]
    for delivery in network.ledger("service_delivery"):
        if delivery["reverses_id"] is None:
            yield delivery, _parts(delivery, allocated)
        else:
            undone = network.ledger_row("service_delivery", delivery.instance, delivery["reverses_id"])
            yield delivery, {item: -part for item, part in _parts(undone, allocated).items()}


def _parts(delivery: Fact, allocated: dict[tuple[str, str, str], Decimal]) -> dict[str, Decimal]:
    parts = {
        "MUNICIPALITY": delivery["amount_municipality"],
        "SSN": delivery["amount_ssn"],
        "USER": delivery["amount_user"],
    }
    left = delivery["amount_other"]
    for item, kinds in FUNDERS.items():
        claimed = sum((allocated[delivery.instance, delivery.record_id, kind] for kind in kinds), NONE)
        parts[item] = min(claimed, left)
        left -= parts[item]
    parts["UNALLOCATED"] = delivery["amount_total"] - sum(parts.values(), NONE)
    return parts


def _cofunding(network: Network) -> Iterator[Contribution]:
    by_grant: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    deliveries = {}
    for allocation, source in allocated_deliveries(network):
        if allocation.effective and source.effective and allocation["grant_id"] is not None:
            by_grant[source.instance, source.record_id, allocation["grant_id"]] += allocation["amount"]
            deliveries[source.instance, source.record_id] = source
    for (instance, record_id, grant_id), amount in by_grant.items():
        source = deliveries[instance, record_id]
        yield Contribution(
            source["start_date"],
            network.own("grant", instance, grant_id),
            ["ALL"],
            source["amount_total"] - amount,
            source["amount_total"],
            network.persons(instance, source["person_id"]),
        )
