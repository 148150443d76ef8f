"""What services were worth, who paid for them, and what was paid out."""

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
from tests.second_computation.network_facts import Fact, Network, Scope

TERRITORY = ("network", "region", "province", "instance")


def delivery_scopes(network: Network, delivery: Fact, *, comune: bool) -> list[Scope]:
    """Return the scopes of a delivery: territory, place where asked, provider, service."""
    place = [("comune", delivery["istat_place"])] if comune else []
    return [
        *network.territory(delivery.instance, *TERRITORY),
        *place,
        *network.organisation("provider", delivery.instance, delivery["provider_id"]),
        *network.own("service", delivery.instance, delivery["service_id"]),
    ]


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the six indicators of spending."""
    delivered, net, user, per_resident, unit = [], [], [], [], []
    for delivery in network.ledger("service_delivery"):
        day = delivery["start_date"]
        persons = network.persons(delivery.instance, delivery["person_id"])
        areas = network.service_areas(delivery.instance, delivery["service_id"])
        whole, by_user = delivery["amount_total"], delivery["amount_user"]
        net_amount = whole - by_user - delivery["amount_ssn"]
        everywhere = delivery_scopes(network, delivery, comune=True)
        without_place = delivery_scopes(network, delivery, comune=False)
        delivered.append(Contribution(day, everywhere, areas, whole, persons=persons))
        net.append(Contribution(day, everywhere, areas, net_amount, persons=persons))
        user.append(Contribution(day, without_place, areas, by_user, whole, persons))
        territory = network.territory(delivery.instance, *TERRITORY)
        per_resident.append(Contribution(day, territory, numerator=net_amount, persons=persons))
        service = network.own("service", delivery.instance, delivery["service_id"])
        quantity = delivery["quantity"]
        unit.append(Contribution(day, service, numerator=whole, denominator=quantity, persons=persons))

    def over_residents(scope: Scope, group: list[Contribution]) -> Figure:
        numerator = sum((each.numerator for each in group), Decimal(0))
        return divided(numerator, network.residents_of(scope), len(persons_behind(group)))

    yield from cells("spend_delivered", delivered, total, network.as_of)
    yield from cells("spend_net", net, total, network.as_of)
    yield from cells("user_share", user, ratio, network.as_of)
    yield from cells("spend_net_per_resident", per_resident, over_residents, network.as_of, ["year"])
    yield from cells("unit_cost", unit, ratio, network.as_of)
    yield from cells("paid", _payments(network), paid_out, network.as_of)


def _payments(network: Network) -> Iterator[Contribution]:
    for payment in network.ledger("payment"):
        instance = payment.instance
        to_person = payment["payee_kind"] == "PERSON"
        payee = [] if to_person else network.organisation("provider", instance, payment["organisation_id"])
        scopes = [
            *network.territory(instance, *TERRITORY),
            *network.organisation("funder", instance, payment["payer_id"]),
            *payee,
        ]
        persons = network.persons(instance, payment["person_id"]) if to_person else frozenset()
        yield Contribution(
            payment["value_date"], scopes, numerator=payment["amount"], persons=persons, what=to_person
        )


def paid_out(scope: Scope, group: list[Contribution]) -> Figure:
    """The sum, with the persons behind it where any payee is a person."""
    figure = total(scope, group)
    to_persons = any(each.what for each in group)
    return figure if to_persons else Figure(figure.numerator, None, figure.value, None)


def allocated_deliveries(network: Network) -> Iterator[tuple[Fact, Fact]]:
    """Yield every allocation of a loaded delivery with that delivery."""
    for allocation in network.ledger("allocation"):
        if allocation["source_entity"] == "service_delivery":
            source = network.ledger_row("service_delivery", allocation.instance, allocation["source_id"])
            if source is not None:
                yield allocation, source


def allocation_scopes(network: Network, allocation: Fact) -> list[Scope]:
    """Return the funder and grant scopes an allocation stands for."""
    return [
        *network.organisation("funder", allocation.instance, allocation["funder_id"]),
        *network.own("grant", allocation.instance, allocation["grant_id"]),
    ]


def funded_scopes(network: Network) -> dict[tuple[str, str], list[Scope]]:
    """Return, per delivery, the funder and grant scopes of its effective allocations."""
    scopes: dict[tuple[str, str], list[Scope]] = defaultdict(list)
    for allocation, source in allocated_deliveries(network):
        if allocation.effective:
            scopes[source.instance, source.record_id] += allocation_scopes(network, allocation)
    return scopes
