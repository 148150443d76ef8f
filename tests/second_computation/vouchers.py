"""Vouchers: value given, spent, lapsed, still about, and how much of what was given is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.second_computation.calendar_days import rome_day
from tests.second_computation.cells import Contribution, Figure, Key, cells, cumulative_cells, ratio, total
from tests.second_computation.network_facts import Fact, Network

SIGNS = {
    "voucher_issued": {"ISSUE": 1, "EXTEND": 1},
    "voucher_redeemed": {"REDEEM": 1, "REFUND": -1},
    "voucher_lapsed": {"EXPIRE": 1, "CANCEL": 1},
}
OUTSTANDING = {"voucher_issued": 1, "voucher_redeemed": -1, "voucher_lapsed": -1}


def undone(network: Network, entity: str, fact: Fact) -> tuple[Fact, int]:
    """Return the event a row stands for and its direction: for a reversal, what it undoes and -1."""
    if fact["reverses_id"] is None:
        return fact, 1
    return network.ledger_row(entity, fact.instance, fact["reverses_id"]), -1


def signed_amounts(network: Network) -> Iterator[tuple[str, Fact, Fact, Decimal]]:
    """Yield per event: the indicator it feeds, the event, the event it stands for, the signed amount."""
    for event in network.ledger("voucher_event"):
        stands_for, direction = undone(network, "voucher_event", event)
        for indicator, signs in SIGNS.items():
            if stands_for["event"] in signs:
                yield indicator, event, stands_for, event["amount"] * direction * signs[stands_for["event"]]


def figures(network: Network) -> Iterator[tuple[Key, Figure]]:
    """Yield the five indicators of vouchers."""
    as_of = network.as_of
    by_indicator, stock = defaultdict(list), []
    for indicator, event, stands_for, amount in signed_amounts(network):
        day = rome_day(event["event_at"])
        scopes = network.territory(event.instance, "network", "instance")
        # "A reversal takes the scheme and merchant of what it undoes": both hang on the event undone.
        voucher = network.attributes("voucher", event.instance, stands_for["voucher_id"])
        scopes += network.own("scheme", event.instance, voucher["scheme"] if voucher else None)
        persons = network.voucher_persons(stands_for)
        stock.append(Contribution(day, scopes, numerator=amount * OUTSTANDING[indicator], persons=persons))
        if indicator == "voucher_redeemed":
            merchant = network.organisation("provider", event.instance, stands_for["merchant_id"])
            scopes = [*scopes, *merchant]
        by_indicator[indicator].append(Contribution(day, scopes, numerator=amount, persons=persons))
    for indicator in SIGNS:
        yield from cells(indicator, by_indicator[indicator], total, as_of)
    yield from cumulative_cells("voucher_outstanding", stock, total, as_of)
    yield from cells("voucher_redemption_rate", _redemptions(network, as_of), ratio, as_of)


def net_amounts(network: Network) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Return per voucher id what was issued, redeemed and lapsed, net."""
    net: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for indicator, event, stands_for, amount in signed_amounts(network):
        net[event.instance, stands_for["voucher_id"]][indicator] += amount
    return net


def _redemptions(network: Network, as_of: date) -> Iterator[Contribution]:
    net = net_amounts(network)
    for voucher in network.present("voucher"):
        amounts = net[voucher.instance, voucher.record_id]
        # Of a voucher that no event speaks of, no row feeds the rate.
        if voucher["expires_on"] < as_of and amounts.keys() & {"voucher_issued", "voucher_redeemed"}:
            scopes = [
                *network.territory(voucher.instance, "network", "instance"),
                *network.own("scheme", voucher.instance, voucher["scheme"]),
            ]
            yield Contribution(
                voucher["issued_on"],
                scopes,
                ["ALL"],
                amounts["voucher_redeemed"],
                amounts["voucher_issued"],
                network.persons(voucher.instance, voucher["person_id"]),
            )
