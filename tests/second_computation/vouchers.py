"""Vouchers: value given, spent, lapsed, still about, and how much of what was given is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
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
    for events in standing_events(network).values():
        for event, amount in _lapsed_otherwise(events):
            yield "voucher_lapsed", event, event, amount


def standing_events(network: Network) -> dict[tuple[str, str], list[Fact]]:
    """Return the effective events of each voucher, in order."""
    found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for event in network.ledger("voucher_event"):
        if event.effective:
            found[event.instance, event["voucher_id"]].append(event)
    for events in found.values():
        events.sort(key=lambda event: (event["event_at"], event.record_id))
    return found


def left_of(events: Iterable[Fact]) -> Decimal:
    """Return what effective events leave of a voucher, by their own words."""
    left = Decimal(0)
    for event in events:
        for indicator, signs in SIGNS.items():
            left += OUTSTANDING[indicator] * signs.get(event["event"], 0) * event["amount"]
    return left


def _lapsed_otherwise(events: list[Fact]) -> Iterator[tuple[Fact, Decimal]]:
    """Yield by how much more (or less) has lapsed with an event than the events themselves say.

    The voucher is lived through, event by event, from its first end on.
    """
    ends = [place for place, event in enumerate(events) if event["event"] in SIGNS["voucher_lapsed"]]
    if not ends:
        return
    end = ends[0]
    later, left, lapsed = events[end + 1 :], left_of(events[: end + 1]), events[end]["amount"]
    spent = sum((event["amount"] for event in later if event["event"] == "REDEEM"), Decimal(0))
    returned = sum((event["amount"] for event in later if event["event"] == "REFUND"), Decimal(0))
    # What the end's amount was wrong by and later events make right again was known to whoever wrote it.
    credit = min(returned, -left if left <= 0 else max(Decimal(0), spent - left))
    if left < -credit:
        too_much = min(lapsed, -credit - left)
        yield events[end], -too_much
        lapsed, left = lapsed - too_much, left + too_much
    borrowed = Decimal(0)
    for event in later:
        amount, change = event["amount"], Decimal(0)
        if event["event"] in SIGNS["voucher_issued"]:
            # New value pays first for what was redeemed after the end.
            change = min(amount, borrowed)
            left += amount - change
        elif event["event"] == "REFUND":
            known = min(amount, credit)
            credit, left = credit - known, left + known
            change = amount - known
        else:
            left -= amount
            if event["event"] != "REDEEM":
                lapsed += amount
        taken = min(lapsed + change, max(Decimal(0), -credit - left))
        left += taken
        borrowed += taken - (change if event["event"] in SIGNS["voucher_issued"] else 0)
        change -= taken
        lapsed += change
        if change:
            yield event, change


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
